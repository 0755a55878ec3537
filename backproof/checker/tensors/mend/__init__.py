"""Where the slip of a torch file stands, and the edit that makes it right.

Begin reading in `repair.py`, for a backward pass, or in `script_repair.py`, for a program.
"""
