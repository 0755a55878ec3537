"""Shapes and arrays of plain numbers that a page gives: found, and held against the network or against NumPy."""
