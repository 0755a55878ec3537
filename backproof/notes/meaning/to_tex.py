"""Write the right side that the checker found as LaTeX again, in the spelling of the page."""

import ast
import re

GREEK = {"alpha", "beta", "gamma", "lam", "eps", "eta", "mu", "sigma", "theta"}
WORDS = {"log": r"\log", "exp": r"\exp", "tanh": r"\tanh", "maximum": r"\max", "sqrt": r"\sqrt", "sum": r"\sum"}


def to_tex(source: str, spelling: dict[str, str], layered: str = "[]", elementwise: str = r"\odot") -> str:
    """LaTeX of a Python expression; `spelling` is how the page writes a name."""
    return _Writer(spelling, layered, elementwise).write(ast.parse(source, mode="eval").body, 0)


class _Writer:
    def __init__(self, spelling: dict[str, str], layered: str, elementwise: str) -> None:
        self.spelling, self.layered, self.elementwise = spelling, layered, elementwise

    def write(self, node: ast.expr, binds: int) -> str:
        """LaTeX of a node, in brackets where its surroundings bind more tightly."""
        text, own = self.bound(node)
        return text if own >= binds else rf"\left({text}\right)"

    def bound(self, node: ast.expr) -> tuple[str, int]:
        """LaTeX of a node and how tightly it binds: 0 sums, 1 products, 2 signs, 3 powers, 4 names."""
        if isinstance(node, ast.Constant):
            return f"{node.value:g}" if isinstance(node.value, (int, float)) else str(node.value), 4
        if isinstance(node, ast.Name):
            return self.name(node.id), 4
        if isinstance(node, ast.UnaryOp):
            sign = "-" if isinstance(node.op, ast.USub) else "+"
            return f"{sign}{self.write(node.operand, 1)}", 0
        if isinstance(node, ast.BinOp):
            return self.binary(node)
        if isinstance(node, ast.Attribute) and node.attr == "T":
            return self.transposed(node.value), 4
        if isinstance(node, ast.Compare):
            sign = {ast.Gt: ">", ast.GtE: r"\geq", ast.Lt: "<", ast.LtE: r"\leq"}.get(type(node.ops[0]), "=")
            return rf"\mathbb{{1}}[{self.write(node.left, 0)} {sign} {self.write(node.comparators[0], 0)}]", 4
        if isinstance(node, ast.Call):
            return self.call(node)
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
            return self.entry(node), 4
        if isinstance(node, ast.Attribute):
            return self.name(node.attr), 4
        raise ValueError(ast.unparse(node))

    def name(self, word: str) -> str:
        """A name as the page writes it, else as the course does."""
        if word in self.spelling:
            return self.spelling[word]
        if word == "var":
            return r"\sigma^2"
        if derivative := re.fullmatch(r"(?:p_|d)(.+)", word):
            return f"d{self.name(derivative.group(1))}"
        if hat := re.fullmatch(r"([a-zA-Z])_hat", word):
            return rf"\hat{{{hat.group(1)}}}"
        if layer := re.fullmatch(r"([a-zA-Z]+)(\d)", word):
            if self.layered == "_":
                return f"{layer.group(1)}_{layer.group(2)}"
            index = f"{self.layered[0]}{layer.group(2)}{self.layered[1]}"
            return f"{layer.group(1)}^{{{index}}}" if len(layer.group(1)) == 1 else layer.group(1) + layer.group(2)
        word = {"lam": "lambda", "eps": "epsilon"}.get(word, word)
        return rf"\{word}" if word in GREEK | {"lambda", "epsilon"} else word

    def transposed(self, node: ast.expr) -> str:
        """A transpose, within the index where there is one."""
        text = self.write(node, 4)
        if isinstance(node, ast.Name) and text.endswith("}") and "^{" in text:
            return text[:-1] + "T}"
        return f"{text}^T"

    def binary(self, node: ast.BinOp) -> tuple[str, int]:
        """A sum, a product, a fraction or a power."""
        if isinstance(node.op, (ast.Add, ast.Sub)):
            is_sum = isinstance(node.op, ast.Add)
            return (
                f"{self.write(node.left, 0)} {'+' if is_sum else '-'} {self.write(node.right, 0 if is_sum else 1)}",
                0,
            )
        if isinstance(node.op, ast.Div):
            return rf"\frac{{{self.write(node.left, 0)}}}{{{self.write(node.right, 0)}}}", 3
        if isinstance(node.op, ast.Pow):
            base = self.write(node.left, 4)
            base = f"({base})" if "^" in base and not base.startswith(r"\left(") else base
            return f"{base}^{{{self.write(node.right, 0)}}}", 3
        left, right = self.write(node.left, 1), self.write(node.right, 2)
        if isinstance(node.op, ast.MatMult):
            return f"{left} {right}", 1
        is_scalar = _is_number(node.left) or _is_number(node.right)
        return (f"{left} {right}" if is_scalar else f"{left} {self.elementwise} {right}"), 1

    def call(self, node: ast.Call) -> tuple[str, int]:
        """A function; a sum over examples; a function of a layer with its prime."""
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if isinstance(node.args[0], ast.GeneratorExp):
            generator = node.args[0]
            index = ast.unparse(generator.generators[0].target)
            return rf"\sum_{{{index}=1}}^m {self.write(generator.elt, 1)}", 1
        if name == "ones":
            return r"\mathbf{1}", 4
        if name == "where" and len(node.args) == 3:
            condition, first, other = node.args
            sign = {ast.Gt: ">", ast.GtE: r"\geq", ast.Lt: "<", ast.LtE: r"\leq"}
            if isinstance(condition, ast.Compare) and type(condition.ops[0]) in sign:
                left, right = self.write(condition.left, 0), self.write(condition.comparators[0], 0)
                case = rf"{self.write(first, 0)} & \text{{if }} {left} {sign[type(condition.ops[0])]} {right}"
                return rf"\begin{{cases}} {case} \\ {self.write(other, 0)} & \text{{otherwise}} \end{{cases}}", 4
        inside = ", ".join(self.write(argument, 0) for argument in node.args)
        if name == "sum":
            words = "".join(f", {word.arg}={ast.unparse(word.value)}" for word in node.keywords)
            return rf"\text{{np.sum}}({inside}{words})", 4
        if name == "exp":
            return f"e^{{{inside}}}", 3
        if name == "sqrt":
            return rf"\sqrt{{{inside}}}", 4
        if prime := re.fullmatch(r"([a-z]+?)(\d?)_prime", name):
            layer = f"{self.layered[0]}{prime.group(2)}{self.layered[1]}" if prime.group(2) else ""
            letter = self.name(prime.group(1))
            return (f"{letter}^{{{layer}\\prime}}({inside})" if layer else f"{letter}'({inside})"), 4
        return f"{WORDS.get(name) or self.name(name)}({inside})", 4

    def entry(self, node: ast.Subscript) -> str:
        """One example of a quantity, or one of its components."""
        assert isinstance(node.value, ast.Name)
        word, where = node.value.id, ast.unparse(node.slice).removeprefix("(").removesuffix(")")
        lower = word if re.match(r"p_|d[A-Z]", word) else word.lower()
        base = self.spelling.get(f"{word}[{where}]") or self.name(word if word in self.spelling else lower)
        if where.startswith(":, ["):
            return (
                f"{base[:-1]}({where[4:-1]})}}"
                if base.endswith("}") and "^{" in base
                else f"{base}^{{({where[4:-1]})}}"
            )
        if component := re.fullmatch(r"\(?(\d), (\w)\)?", where):
            index = f"_{int(component.group(1)) + 1}"
            return base + index + (f"^{{({component.group(2)})}}" if component.group(2) == "i" else "")
        raise ValueError(where)


def _is_number(node: ast.expr) -> bool:
    """Whether it is plainly a scalar factor such as 1 / m."""
    return all(
        isinstance(part, (ast.Constant, ast.BinOp, ast.UnaryOp, ast.operator, ast.unaryop, ast.Load))
        or (isinstance(part, ast.Name) and part.id in ("m", "n", "lam", "alpha", "beta", "N", "D", "eps", "eta"))
        for part in ast.walk(node)
    )
