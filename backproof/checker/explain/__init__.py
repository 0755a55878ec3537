"""Why a claim is wrong, and what the right line is.

Begin reading in `explanation.py`; `edits/` proposes other lines, `trial/` tries them, `sentences.py` words them.
"""

from .explanation import Explanation, explain

__all__ = ["Explanation", "explain"]
