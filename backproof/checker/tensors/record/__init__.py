"""Torch on the tape: every call a node, in float64, and what a statement produced in the ledger.

Begin reading in `recorder.py`.
"""
