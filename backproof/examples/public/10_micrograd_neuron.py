"""In the manner of the micrograd lecture: one neuron, two inputs, everything a scalar."""

import math

x1: "()"
x2: "()"
w1: "()"
w2: "()"
b: "()"

x1w1 = x1 * w1
x2w2 = x2 * w2
s = x1w1 + x2w2
n = s + b
e = math.exp(2 * n)
o = (e - 1) / (e + 1)
J = o

do = 1.0
dn = do * (1 - o**2)
ds = dn
db = dn
dx1w1 = ds
dx2w2 = ds
dx1 = w1 * dx1w1
dw1 = x1 * dx1w1
dx2 = w2 * dx2w2
dw2 = x2 * dx2w2
