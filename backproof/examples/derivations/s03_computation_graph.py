"""The computation graph J = 3(a + bc), right to left."""

a: "()"
b: "()"
c: "()"

u = b * c
v = a + u
J = 3 * v

dv = 3
du = dv
da = dv
db = du * c
dc = du * b
