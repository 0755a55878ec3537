"""A second way into the ledger: programs that compute with torch, and hand-written backward passes of torch functions.

Real torch computes, in float64. A tape notes every call, and the derivative of each call is torch's own. What a file says
of its shapes is read in `shapes.py`, drawn in `draws.py`; a backward pass is run in `backward.py`, judged in `verdicts.py`,
repaired in `repair.py`; `scripts.py` runs programs of small steps for the judge of the other files.
"""  # noqa: E501
