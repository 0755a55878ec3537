"""What is settled between the claims of a file: rounding, one constant, one direction, the unnamed value behind them.

Begin with constants.py; judge.py calls each in turn.
"""
