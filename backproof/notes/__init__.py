"""Read course notes as they stand, Markdown, LaTeX or the text cells of a notebook, and judge their formulas.

A page is cut into formulas and statements (`pages.py`, `statements.py`), each is read into a small tree (`reader.py`,
with the grammar in `grammar.lark`) and written as NumPy (`to_python.py`), the statements are gathered into programs for
the checker (`program.py`), and what it says goes back to the lines of the page (`check.py`, `to_tex.py`, `html.py`).
"""
