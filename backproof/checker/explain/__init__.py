"""Why a claim is wrong, and what the right line is."""

from .explanation import Explanation, explain

__all__ = ["Explanation", "explain"]
