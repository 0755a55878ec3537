"""The pages in docs/ that are generated from the declarations and the examples: `python -m backproof.pages`.

Begin with `formulas_page` in formulas.py.
"""
