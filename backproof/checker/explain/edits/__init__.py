"""The edits that undo slips, each one a small rewriting of an expression.

Begin reading in `rules.py`, where each rule names the slip that it repairs.
"""
