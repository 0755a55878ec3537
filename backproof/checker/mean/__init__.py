"""What the values of a run mean: its cost, its steps, and of what each claim is the derivative.

Begin reading in `sense.py`, which gives a run its meaning, and go on in `claims.py`.
"""
