"""From statements to programs for the checker: a page as one derivation, or each statement in a network."""
