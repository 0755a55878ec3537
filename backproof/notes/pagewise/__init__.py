"""A page judged by the values of its own formulas."""
