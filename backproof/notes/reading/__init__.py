"""From a page to the trees of its statements: find the formulas, cut them, read them by a grammar."""
