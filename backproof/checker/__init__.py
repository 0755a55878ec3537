"""Judge a person's own derivation, line by line, by what its values are.

A file is read, run and recorded, given meaning, judged, explained and reported, in modules of these names; begin
reading in `check.py`, which calls them in this order.
"""
