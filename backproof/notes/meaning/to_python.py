"""Write a formula as NumPy: which product is meant follows from the shapes."""

import math
from dataclasses import dataclass, replace

from ..reading.tree import Call, Derivative, Name, Number, Op, Over, Tree
from .python_names import function_name, indices, python_name
from .shapes import Shape, World, broadcast, product
from .sums import is_over_layers, over_examples, over_layers
from .written import ATOM, POWER, SUM, TERM, UNARY, Code, MeaningError, Style

FUNCTIONS = {
    "ln": "np.log",
    "log": "np.log",
    "nplog": "np.log",
    "exp": "np.exp",
    "npexp": "np.exp",
    "tanh": "np.tanh",
    "sinh": "np.sinh",
    "cosh": "np.cosh",
    "relu": "relu",
    "softmax": "softmax",
    "tr": "np.trace",
    "det": "np.linalg.det",
    "sgn": "np.sign",
}
COMPARE = {"geq": ">=", "ge": ">=", "leq": "<=", "le": "<=", "neq": "!=", "ne": "!=", "=": "=="}
LARGEST_EXPONENT = 10_000  # of whole numbers, which Python computes to the last digit
COSTS = ("L", "J", "KL", "R", "E", "ell", "loss", "C")


def to_python(tree: Tree, world: World, style: Style = "reading") -> Code:
    """Return the source of a tree: names as people type them, or as the checker's program has them."""
    return _Writer(world, style).write(tree)


@dataclass(frozen=True)
class _Writer:
    world: World
    style: Style

    def write(self, tree: Tree) -> Code:
        """The source of a tree."""
        if isinstance(tree, Number):
            return Code(tree.digits, ())
        if isinstance(tree, Name):
            return self.name(tree)
        if isinstance(tree, Call):
            return self.call(tree)
        if isinstance(tree, Over):
            return self.over(tree)
        if isinstance(tree, Derivative):
            return self.derivative(tree)
        return self.operation(tree)

    def name(self, name: Name) -> Code:
        """A quantity by its name in Python."""
        if name.base == "odotone":
            shape = self.world.shape(name)
            return Code(f"np.ones(({shape[0]}, 1))", shape)
        if name.base == "e" and not name.parts and name.kind != "own":
            return Code("np.e", ())
        if name.base in ("pi", "infty", "BigNum"):
            return Code("np.pi" if name.base == "pi" else "np.inf", ())
        if name.kind == "d" and name.base in ("J", "L") and not (name.layer or name.example or name.parts):
            raise MeaningError(f"d{name.base} stands without what it is a derivative by")
        if indices(name):
            return self.indexed_by_subscript(name)
        shape = self.world.shape(name)
        word = python_name(name, self.world)
        if self.style == "program":
            return _indexed(name, word, shape, self.world)
        return Code(f"{word}[{name.example}]" if name.example else word, shape)

    def indexed_by_subscript(self, name: Name) -> Code:
        """An entry that an index runs over: one example in a reading, the whole array in a program."""
        whole = Name(name.base, name.kind, name.layer, name.example, (), name.primes)
        if self.style == "program":
            return self.name(whole)
        word = python_name(whole, self.world) + "_prime" * name.primes
        return Code(f"{word}[{', '.join(indices(name))}]", ())

    def operation(self, tree: Op) -> Code:
        """An operation on its operands."""
        kind, kids = tree.kind, tree.kids
        if kind == "mul":
            return self.times(tree)
        if kind == "pow":
            return self.power(*kids)
        if kind == "cases":
            return self.cases(kids)
        if kind == "matrix":
            return self.matrix(kids, int(tree.sign))
        first = self.write(kids[0])
        if kind == "neg":
            return Code(f"-{first.within(TERM)}", first.shape, TERM)
        if kind == "transpose":
            return Code(f"{first.within(ATOM)}.T", first.shape[::-1])
        if kind == "root":
            return Code(f"np.sqrt({first.text})", first.shape)
        if kind == "norm":
            return Code(f"np.sqrt(np.sum({first.within(POWER)}**2))", ())
        if kind == "absolute":
            return Code(f"np.abs({first.text})", first.shape)
        second = self.write(kids[1])
        shape = broadcast(first.shape, second.shape)
        shape = first.shape if shape is None else shape
        if kind == "div":
            return Code(f"{first.within(TERM)} / {second.within(UNARY)}", shape, TERM)
        if kind == "compare":
            sign = COMPARE.get(tree.sign.lstrip("\\"), tree.sign)
            return Code(f"({first.text} {sign} {second.text})", shape)
        sign = {"add": "+", "sub": "-"}[kind]
        return Code(f"{first.text} {sign} {second.within(SUM if kind == 'add' else TERM)}", shape, SUM)

    def times(self, tree: Op) -> Code:
        """A product, of matrices or of elements as the shapes have it."""
        left, right = tree.kids
        if isinstance(left, Name) and left.base == "odotone" and isinstance(right, Op) and right.kind == "compare":
            return self.write(right)
        first, second = self.write(left), self.write(right)
        sign, shape = product(first.shape, second.shape, tree.sign)
        if (sign == "@" and first.shape == second.shape == ()) or (
            sign == "*" and not first.shape and not second.shape
        ):
            return Code(f"{first.within(TERM)} * {second.within(UNARY)}", (), TERM)
        return Code(f"{first.within(TERM)} {sign} {second.within(UNARY)}", shape, TERM)

    def power(self, base: Tree, exponent: Tree) -> Code:
        """A power; e to a power is the exponential function; of a norm, the square of it."""
        if isinstance(base, Name) and base.base == "e" and not base.parts:
            inside = self.write(exponent)
            return Code(f"np.exp({inside.text})", inside.shape)
        if isinstance(base, Op) and base.kind == "norm" and exponent == Number("2"):
            return Code(f"np.sum({self.write(base.kids[0]).within(POWER)} ** 2)", ())
        if _number(exponent) > LARGEST_EXPONENT:
            raise MeaningError("its exponent is too large")
        value, power = self.write(base), self.write(exponent)
        if len(value.shape) == 2 and value.shape[0] == value.shape[1] != "1" and isinstance(exponent, Op):
            return Code(f"np.linalg.inv({value.text})", value.shape)
        return Code(f"{value.within(ATOM)} ** {power.within(POWER)}", value.shape, POWER)

    def cases(self, kids: tuple[Tree, ...]) -> Code:
        """Cases with a condition each."""
        parts = [self.write(kid) for kid in kids]
        last = len(parts) - 2 + len(parts) % 2  # the last value, with a condition or without
        text = parts[last].text if len(parts) > 2 else f"np.where({parts[1].text}, {parts[0].text}, np.nan)"
        for value, condition in reversed(list(zip(parts[:last:2], parts[1:last:2], strict=True))):
            text = f"np.where({condition.text}, {value.text}, {text})"
        return Code(text, next((p.shape for p in parts if p.shape), ()))

    def matrix(self, kids: tuple[Tree, ...], columns: int) -> Code:
        """A matrix of numbers or of blocks."""
        parts = [self.write(kid) for kid in kids]
        rows = [parts[at : at + columns] for at in range(0, len(parts), columns)]
        sizes = [[part.shape or ("1", "1") for part in row] for row in rows]
        if not all(size.isdigit() for row in sizes for shape in row for size in shape):
            raise MeaningError("a matrix of blocks whose sizes are not known")
        shape = str(sum(int(row[0][0]) for row in sizes)), str(sum(int(size[1]) for size in sizes[0]))
        inside = ", ".join(f"[{', '.join(part.text for part in row)}]" for row in rows)
        return Code(f"np.{'block' if any(part.shape for part in parts) else 'array'}([{inside}])", shape)

    def call(self, call: Call) -> Code:
        """A function of its arguments."""
        values = [self.write(argument) for argument in call.arguments]
        given = ", ".join([value.text for value in values])
        shape = values[0].shape if values else ()
        if isinstance(call.function, Name):
            return Code(f"{function_name(call.function, self.world)}({given})", shape)
        if call.function in FUNCTIONS:
            of = () if call.function in ("tr", "det") else shape
            return Code(f"{FUNCTIONS[call.function]}({given})", of)
        if call.function in ("max", "npmax", "min"):
            word = "np.minimum" if call.function == "min" else "np.maximum"
            return Code(f"{word}({given})", next((v.shape for v in values if v.shape), ()))
        if call.function == "npsum":
            return self.np_sum(call, values[0])
        if call.function == "inner":
            first, second = values
            return Code(f"np.sum({first.within(TERM)} * {second.within(UNARY)})", ())
        if call.function == "npdot":
            first, second = values
            if self.style == "program" and first.shape[:1] == second.shape[:1] and first.shape[1:] == ("1",):
                return Code(f"{first.within(ATOM)}.T @ {second.within(ATOM)}", ("1", *second.shape[-1:]), TERM)
            return Code(f"np.dot({given})", (*first.shape[:1], *second.shape[-1:]))
        if call.function == "npsquare":
            return Code(f"{values[0].within(ATOM)} ** 2", shape, POWER)
        if call.function == "nppower":
            return Code(f"{values[0].within(ATOM)} ** {values[1].within(POWER)}", shape, POWER)
        if call.function == "npmultiply":
            return Code(
                f"{values[0].within(TERM)} * {values[1].within(UNARY)}",
                broadcast(shape, values[1].shape) or shape,
                TERM,
            )
        if call.function in ("npones", "npzeros"):
            return Code(f"np.{call.function[2:]}(({given}))", ("1", "1"))
        if call.function == "npcols":
            return self.columns(call)
        raise MeaningError(f"{call.function} is not known")

    def columns(self, call: Call) -> Code:
        """All examples side by side."""
        (name,) = call.arguments
        if not isinstance(name, Name):
            raise MeaningError("columns that are no names")
        if self.style == "program":
            return self.name(Name(name.base.upper(), name.kind, name.layer))
        column = self.name(name)
        return Code(f"np.hstack([{column.text} for i in range(m)])", (column.shape[0], "m"))

    def np_sum(self, call: Call, value: Code) -> Code:
        """np.sum with the axis that is written."""
        words = dict(call.keywords)
        given = "".join(f", {key}={'True' if word == 'T' else word}" for key, word in words.items())
        if "axis" not in words or len(value.shape) != 2:
            return Code(f"np.sum({value.text}{given})", ())
        axis = int(words["axis"])
        return Code(f"np.sum({value.text}{given})", tuple("1" if at == axis else n for at, n in enumerate(value.shape)))

    def over(self, over: Over) -> Code:
        """A sum or a product over an index."""
        if is_over_layers(over):
            return over_layers(over, self.world, self.in_layer)
        return over_examples(over, self.write(over.body), self.style)

    def in_layer(self, tree: Tree, layer: int) -> Code:
        """The source of a tree where l is this layer."""
        return _Writer(replace(self.world, general=layer), self.style).write(tree)

    def derivative(self, tree: Derivative) -> Code:
        """A derivative, by its name: of the cost dJ_dw, of a function g1_prime(Z1), of a value da_dz."""
        of, by = tree.of, tree.by
        if not isinstance(by, Name):
            raise MeaningError("what is differentiated by has no name")
        if isinstance(of, Call) and isinstance(of.function, Name) and of.function.base not in ("L", "J"):
            prime = Name(of.function.base, "", of.function.layer, "", of.function.parts, of.function.primes + 1)
            return self.call(Call(prime, of.arguments))
        top = of.function if isinstance(of, Call) and isinstance(of.function, Name) else of
        if not isinstance(top, Name):
            word = self.name(by).text
            return Code(f"derivative(lambda {word}: {self.write(of).text})({word})", self.world.shape(by))
        shape = self.world.shape(by)
        if self.style == "program" and top.base in COSTS:
            return self.name(Name(by.base, "d", by.layer, by.example, by.parts))
        return Code(f"d{python_name(top, self.world)}_d{python_name(by, self.world)}", shape)


def _indexed(name: Name, word: str, shape: Shape, world: World) -> Code:
    """A quantity of one example as a column of the whole."""
    base = name.base
    if world.is_own and not name.example:
        return Code(word, shape)
    if base.replace("_hat", "").lower() in ("x", "y", "a", "z") and world.examples == "m":
        layer = str(world.layer(name.layer)) if name.layer else ""
        prefix = "d" if name.kind else ""
        whole = "Y_hat" if base.lower() == "y_hat" else base.upper()
        word = f"{prefix}{whole}{layer}"
        if name.parts and name.parts[0].isdigit():
            row = int(name.parts[0]) - 1
            return Code(
                f"{word}[{row}, {name.example}]" if name.example else f"{word}[[{row}], :]",
                () if name.example else ("1", "m"),
            )
        return Code(f"{word}[:, [{name.example}]]" if name.example else word, shape)
    of_all = world.shape(replace(name, example=""))
    if name.example and len(of_all) == 2 and of_all != shape:
        return Code(f"{word}[:, [{name.example}]]", shape)
    return Code(word, shape)


def _number(tree: Tree) -> float:
    """Return the value of a number or of a power of numbers, 0 for anything else."""
    if isinstance(tree, Number):
        return float(tree.digits)
    if not isinstance(tree, Op) or tree.kind != "pow":
        return 0.0
    try:
        return _number(tree.kids[0]) ** _number(tree.kids[1])
    except (OverflowError, ZeroDivisionError):
        return math.inf
