"""What a page leaves unsaid is taken from the course: the forward part, the cost and the derivatives of a network."""

from ..meaning.shapes import World

FUNCTIONS = """\
def sigma(z):
    return 1 / (1 + np.exp(-z))
def sigma_prime(z):
    return sigma(z) * (1 - sigma(z))
def relu(z):
    return np.maximum(0, z)
def softmax(z):
    return np.exp(z) / np.sum(np.exp(z), axis=0, keepdims=True)
def L(a, y):
    return -(y * np.log(a) + (1 - y) * np.log(1 - a))
"""
HIDDEN = {
    1: ("np.tanh(z)", "1 - np.tanh(z) ** 2"),
    2: ("np.log(1 + np.exp(z))", "1 / (1 + np.exp(-z))"),
    3: ("z / (1 + z ** 2) + z", "1 + (1 - z ** 2) / (1 + z ** 2) ** 2"),
}


def function(name: str, body: str) -> str:
    """A function of z in one expression."""
    return f"def {name}(z):\n    return {body}\n"


def declarations(world: World) -> list[str]:
    """The inputs of a network, with their shapes."""
    lines = [f'X: "n_0, {world.examples}"', f'Y: "1, {world.examples} in {{0, 1}}"']
    if world.layers == 1:
        lines += ['w: "n_0, 1"', 'b: "()"']
    for layer in range(1, world.layers + 1) if world.layers > 1 else ():
        above = "1" if layer == world.layers else f"n_{layer}"
        lines += [f'W{layer}: "{above}, n_{layer - 1}"', f'b{layer}: "{above}, 1"']
    return [*lines, 'alpha: "() in (0, 1)"']


def forward(world: World) -> list[str]:
    """The functions, the forward part and the cost of a network."""
    last = world.layers
    lines = [FUNCTIONS.rstrip()]
    if world.examples == "1":
        lines.append("m = 1")
    if last == 1:
        g = [function("g", "sigma(z)"), function("g_prime", "sigma_prime(z)")]
        lines += [text.rstrip() for text in g]
        lines += ["Z = w.T @ X + b", "A = sigma(Z)", "Y_hat = A"]
        return [*lines, cost("A")]
    for layer in range(1, last + 1):
        hidden = ("relu(z)", "(z > 0)") if world.hidden == "relu" else HIDDEN.get(layer)
        body, slope = hidden if hidden and layer < last else ("sigma(z)", "sigma_prime(z)")
        lines += [function(f"g{layer}", body).rstrip(), function(f"g{layer}_prime", slope).rstrip()]
    lines += [function("g", "np.tanh(z)").rstrip(), function("g_prime", "1 - np.tanh(z) ** 2").rstrip(), "A0 = X"]
    for layer in range(1, last + 1):
        lines += [f"Z{layer} = W{layer} @ A{layer - 1} + b{layer}", f"A{layer} = g{layer}(Z{layer})"]
    return [*lines, f"Z = Z{last}", f"A = Y_hat = A{last}", cost("A")]


def cost(prediction: str) -> str:
    """The mean cross-entropy of a prediction."""
    return f"J0 = -1 / m * np.sum(Y * np.log({prediction}) + (1 - Y) * np.log(1 - {prediction}))"


def backward(world: World, mark: str = "p_") -> list[str]:
    """The derivatives, with m times dJ/dZ as dZ, under names that begin with this mark."""
    last = world.layers
    if last == 1:
        return [
            f"{mark}Z = A - Y",
            f"{mark}A = -Y / A + (1 - Y) / (1 - A)",
            f"{mark}w = 1 / m * X @ {mark}Z.T",
            f"{mark}b = 1 / m * np.sum({mark}Z)",
        ]
    lines = [f"{mark}Z{last} = A{last} - Y", f"{mark}A{last} = -Y / A{last} + (1 - Y) / (1 - A{last})"]
    for layer in range(last, 0, -1):
        if layer < last:
            lines += [
                f"{mark}A{layer} = W{layer + 1}.T @ {mark}Z{layer + 1}",
                f"{mark}Z{layer} = {mark}A{layer} * g{layer}_prime(Z{layer})",
            ]
        lines += [
            f"{mark}W{layer} = 1 / m * {mark}Z{layer} @ A{layer - 1}.T",
            f"{mark}b{layer} = 1 / m * np.sum({mark}Z{layer}, axis=1, keepdims=True)",
        ]
    same = [f"{mark}Z = {mark}Z{last}", f"{mark}A = {mark}A{last}", f"{mark}A0 = W1.T @ {mark}Z1"]
    return [*lines, *same]
