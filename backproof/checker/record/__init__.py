"""Run a script on NumPy itself, and remember every value: the tape of its arithmetic, the ledger of its statements.

Begin reading in `run.py`; `arrays.py` is the array that remembers, `instrument.py` puts the hooks into the script.
"""
