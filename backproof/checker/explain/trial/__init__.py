"""Trying edits: runs of the script on plain NumPy, with expressions of it left open.

Begin reading in `search.py`; `plain.py` runs the script.
"""
