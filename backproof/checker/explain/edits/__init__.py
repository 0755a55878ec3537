"""The edits that undo slips, each one a small rewriting of an expression."""
