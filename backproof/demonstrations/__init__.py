"""What the notes show of their formulas, run in both implementations: the claim, the numbers, and a picture.

A demonstration is written once, for either implementation, which it is given; it prints and writes nothing.
"""
