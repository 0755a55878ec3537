"""E6: dJ/db as 6/2, which is u / c.

Source: Slides, Derivatives with a Computation Graph, line 373.
"""

a: "()"
b: "()"
c: "()"

u = b * c
v = a + u
J = 3 * v

dv = 3
du = dv
da = dv
db = u / c
dc = du * b
