"""E9: the derivative of a cubed as a cubed.

Source: Notes A, p. 10, line 235.
"""

import numpy as np

a: "n, m"

J = 1 / m * np.sum(a**3)

da = a**3
