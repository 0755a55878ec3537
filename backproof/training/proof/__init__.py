"""The proof at every iteration: whether each line of the pass computed what it says, by random vectors.

It tells arithmetic from formula: an array that was overwritten, a stale value, a wrong kernel, a broken machine.
Whether the formulas are right is for `backproof verify` and --parity-every.
"""
