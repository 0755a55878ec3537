"""From a tree to NumPy and back to LaTeX: which quantity and which product is meant, by their shapes."""
