"""The checker of a person's derivation: which line is wrong, why, and what the right line is.

Begin with `check_source` in report.py, which reads a derivation, runs it, judges its claims and repairs the wrong ones.
"""
