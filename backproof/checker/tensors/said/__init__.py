"""What a file says: its backward passes, the shapes of their arguments, and the values that are drawn for them."""
