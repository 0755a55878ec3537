"""A second way into the ledger: programs that compute with torch, and hand-written backward passes of torch functions.

Real torch computes, in float64; `record/` has the tape. What a file says of its functions and their shapes is read in
`said/`, which draws values too. A backward pass is run in `backward.py` and judged in `verdicts.py`; `scripts.py` runs
programs of small steps for the judge of all programs; `mend/` finds the wrong line and the right one.
"""
