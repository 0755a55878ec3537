"""Run a script on NumPy itself, and remember every value: the tape of its arithmetic, the ledger of its statements."""
