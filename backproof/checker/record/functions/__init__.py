"""NumPy's functions on recorded arrays, and what teaches recorded arrays to call them.

Begin reading in `calls.py`, which has the table of all rules.
"""

from ..arrays import RULES, Traced
from .calls import call_function, ufunc_method
from .elementwise import call_ufunc
from .general import array_of
from .methods import METHODS

RULES.update(call_ufunc=call_ufunc, ufunc_method=ufunc_method, call_function=call_function, array_of=array_of)
for name, method in METHODS.items():
    setattr(Traced, name, method)
