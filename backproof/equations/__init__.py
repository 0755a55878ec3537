"""The declared equations, read by the reader of notes and held against the NumPy beside them.

Begin with `proof.py`; `world.py` says which value each symbol stands for, and `symbols.py` is the table of the rest.
"""
