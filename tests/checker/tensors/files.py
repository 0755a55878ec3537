"""Torch files to be checked: right ones, and what is spoilt in them."""

SCALED = """
# shapes: x (N, K), w (K,), eps float
import torch


class ScaleNorm(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, w, eps):
        length = (x.pow(2).sum(1, keepdim=True) + eps).sqrt()
        unit = x / length
        ctx.save_for_backward(unit, length, w)
        return unit * w

    @staticmethod
    def backward(ctx, dy):
        unit, length, w = ctx.saved_tensors
        dw = (dy * unit).sum(0)
        dunit = dy * w
        dx = (dunit - unit * (dunit * unit).sum(1, keepdim=True)) / length
        return dx, dw, None
"""

PAIR = """
# shapes: a (N, K), b (K, M); y, kept = product_forward(a, b); da, db = product_backward(dy, kept)
import torch


def product_forward(a, b):
    return torch.tanh(a @ b), (a, b, torch.tanh(a @ b))


def product_backward(dy, kept):
    a, b, y = kept
    dz = dy * (1 - y * y)
    da = dz @ b.t()
    db = a.t() @ dz
    return da, db
"""

FROZEN = """
# shapes: x (N, K), w (M, K), b (M,)
import torch


class Affine(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, w, b):
        ctx.save_for_backward(x, w)
        return x @ w.t() + b

    @staticmethod
    def backward(ctx, g):
        x, w = ctx.saved_tensors
        gx = gw = gb = None
        if ctx.needs_input_grad[0]:
            gx = g @ w
        if ctx.needs_input_grad[1]:
            gw = g.t() @ x
        if ctx.needs_input_grad[2]:
            gb = g.sum(0)
        return gx, gw, gb
"""

NEW_STYLE = """
import torch
from torch.autograd.function import once_differentiable


class Halves(torch.autograd.Function):
    # shapes: x (N, 2K), scale float
    @staticmethod
    def forward(x, scale):
        first, second = x.chunk(2, dim=1)
        return first * second * scale, first.sum(1)

    @staticmethod
    def setup_context(ctx, inputs, output):
        x, ctx.scale = inputs
        ctx.save_for_backward(x)

    @staticmethod
    @once_differentiable
    def backward(ctx, dproduct, dsum):
        (x,) = ctx.saved_tensors
        first, second = x.chunk(2, dim=1)
        dfirst = dproduct * second * ctx.scale + dsum[:, None]
        dsecond = dproduct * first * ctx.scale
        return torch.cat([dfirst, dsecond], dim=1), None
"""

THROUGH = """
# shapes: x any
import torch


class Sign(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return torch.sign(x)

    @staticmethod
    def backward(ctx, g):
        return g * 1.0
"""

STEPS = """
import torch
import torch.nn.functional as F

torch.manual_seed(3)
x = torch.randn(6, 4)
y = torch.randint(0, 3, (6,))
W = torch.randn(4, 3) * 0.5
b = torch.randn(3) * 0.1
parameters = [W, b]
for p in parameters:
    p.requires_grad = True
h = x @ W
logits = h + b
loss = F.cross_entropy(logits, y)
loss.backward()


def cmp(name, mine, t):
    print(name, torch.allclose(mine, t.grad))


dlogits = F.softmax(logits, 1)
dlogits[range(6), y] -= 1
dlogits /= 6
db = dlogits.sum(0)
dW = x.T @ dlogits
cmp("W", dW, W)
cmp("b", db, b)
"""
