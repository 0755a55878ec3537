"""E7: dJ/da as 3 times 3, which is dJ/dc.

Source: Slides, Derivatives with a Computation Graph, line 375.
"""

a: "()"
b: "()"
c: "()"

u = b * c
v = a + u
J = 3 * v

dv = 3
du = dv
da = dv * b
db = du * c
dc = du * b
