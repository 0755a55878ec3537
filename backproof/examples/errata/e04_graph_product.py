"""E4: v = a u where v = a + u belongs.

Source: Notes A, p. 11, line 252.
"""

a: "()"
b: "()"
c: "()"

u = b * c
v = a * u
J = 3 * v

dv = 3
du = dv
da = dv
db = du * c
dc = du * b
