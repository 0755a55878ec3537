"""The examples and labels that a file may expect: in rows, in columns, or one at a time."""

from collections.abc import Iterator
from dataclasses import dataclass

N, HIDDEN, CLASSES, M = 4, 5, 3, 7  # sizes that are all different


@dataclass(frozen=True)
class World:
    """Examples and labels as source, and how weights lie that fit them."""

    examples: str
    labels: str
    outputs: int
    is_in_columns: bool
    is_single: bool = False
    is_flat: bool = False  # weights of one unit are a vector, and so are biases

    def weight(self, layer: int) -> str:
        """A weight matrix; of layer 0 that of a single unit."""
        sizes = {0: (N, self.outputs), 1: (N, HIDDEN), 2: (HIDDEN, self.outputs)}[layer]
        if layer == 0 and self.is_flat and self.outputs == 1:
            return f"np.random.randn({N})"
        turned = self.is_in_columns and (layer or self.outputs > 1)  # one unit is w.T X in columns
        return "np.random.randn({}, {})".format(*(sizes[::-1] if turned else sizes))

    def bias(self, layer: int) -> str:
        """A bias that fits the weights."""
        if layer == 0 and self.outputs == 1:
            return "0.1"
        return self.of_units(HIDDEN if layer == 1 else self.outputs)

    def of_units(self, n: int) -> str:
        """A number for each of n units."""
        if self.is_flat:
            return f"np.random.randn({n})"
        return f"np.random.randn({n}, 1)" if self.is_in_columns else f"np.random.randn(1, {n})"


def worlds() -> Iterator[World]:
    """All of them, those of many examples first: one example hides a sum."""
    rows, columns = f"np.random.randn({M}, {N})", f"np.random.randn({N}, {M})"
    classes = f"np.random.randint(0, {CLASSES}, {M})"
    yield World(rows, f"np.random.randint(0, 2, {M})", 1, False, is_flat=True)
    yield World(rows, f"np.random.randint(0, 2, ({M}, 1))", 1, False)
    yield World(columns, f"np.random.randint(0, 2, (1, {M}))", 1, True)
    yield World(rows, f"np.eye({CLASSES})[{classes}]", CLASSES, False)
    yield World(rows, f"np.eye({CLASSES})[{classes}]", CLASSES, False, is_flat=True)
    yield World(columns, f"np.eye({CLASSES})[:, {classes}]", CLASSES, True)
    yield World(rows, classes, CLASSES, False)
    yield World(columns, classes, CLASSES, True)
    one, label = f"np.random.randn({N}, 1)", f"np.random.randint({CLASSES})"
    yield World(one, f"np.eye({CLASSES})[:, [{label}]]", CLASSES, True, is_single=True)
    yield World(one, "np.random.rand(1, 1)", 1, True, is_single=True)
    yield World(f"np.random.randn(1, {N})", f"np.eye({CLASSES})[[{label}]]", CLASSES, False, is_single=True)
    yield World(f"np.random.randn({N})", f"np.eye({CLASSES})[{label}]", CLASSES, False, is_single=True)
    yield World(f"np.random.randn({N})", "np.random.rand()", 1, False, is_single=True, is_flat=True)
