"""In the notation of the lecture on circuits of gates: add, multiply and max, and a staged sigmoid."""

import math

x: "()"
y: "()"
z: "()"
w: "()"

q = x + y
p = q * z
r = max(p, w)
sigy = 1.0 / (1 + math.exp(-y))
num = x + sigy
den = 1.0 + r**2
invden = 1.0 / den
f = num * invden
J = f

df = 1.0
dnum = invden * df
dinvden = num * df
dden = -1.0 / den**2 * dinvden
dr = 2 * r * dden
dp = dr * (1.0 if p > w else 0.0)
dw = dr * (1.0 if w > p else 0.0)
dq = z * dp
dz = q * dp
dx = 1.0 * dq
dx += 1.0 * dnum
dsigy = 1.0 * dnum
dy = 1.0 * dq
dy += (1 - sigy) * sigy * dsigy
