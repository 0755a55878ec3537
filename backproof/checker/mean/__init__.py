"""What the values of a run mean: its cost, its steps, and of what each claim is the derivative."""
