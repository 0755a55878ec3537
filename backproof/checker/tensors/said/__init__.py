"""What a file says: its backward passes, the shapes of their arguments, and the values that are drawn for them.

Begin reading in `find.py`, which finds the functions of a file.
"""
