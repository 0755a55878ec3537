"""The same formulas with torch's own operations, and the networks of the notes as torch.nn modules."""
