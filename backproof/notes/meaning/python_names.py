"""The names of quantities in Python: dW2, w_1, a1_3, y_hat, g1_prime."""

from ..reading.tree import Name
from .shapes import World

GREEK = {"lambda": "lam", "epsilon": "eps", "varepsilon": "eps"}


def indices(name: Name) -> tuple[str, ...]:
    """The subscripts of a name where they are indices that run."""
    running = {"i", "j", "c", "k", "n", "d", "t", "c'"} - ({"x"} if name.base == "n" else set())
    is_index = name.parts and all(part in running for part in name.parts) and name.base not in ("n", "odotone")
    return name.parts if is_index else ()


def python_name(name: Name, world: World) -> str:
    """The name in Python: dW2, w_1, a1_3, y_hat."""
    base = GREEK.get(name.base, name.base)
    prefix = "d" if name.kind == "d" else ""
    if name.layer and base == "n":
        return f"n[{world.layer(name.layer)}]"
    layer = str(world.layer(name.layer)) if name.layer else ""
    if base == "odotone":
        return "1"
    return prefix + base + layer + "".join(f"_{part}" for part in name.parts)


def function_name(name: Name, world: World) -> str:
    """The name of a function in Python: g1, g1_prime, sigma, L."""
    base = "sigma" if name.base == "r" else name.base
    return python_name(Name(base, "", name.layer, "", name.parts), world) + "_prime" * name.primes
