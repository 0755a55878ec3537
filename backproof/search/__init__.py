"""Find formulas by what a person writes: a name, a place in the notes, words of a heading, a symbol, an equation.

Begin with `topics.py`; `equations.py` compares equations by what they define and by their symbols, after the reader of
`backproof.notes`; `headings.py` knows the words of the notes' headings.
"""
