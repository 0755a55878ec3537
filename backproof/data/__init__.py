"""Readers of pictures and tables, and the data sets that ship, each by its name.

Begin with `load` in sets.py.
"""
