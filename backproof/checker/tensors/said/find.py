"""The hand-written backward passes of a file: classes of torch.autograd.Function, and pairs of functions."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

FORWARD = re.compile(r"(?P<before>\w*?)(?P<word>forward|fwd)(?P<after>\w*)\Z", re.IGNORECASE)
STORES = re.compile(r"(?:cache|ctx|context|saved|stash|state|mem\w*|tape)\w*\Z", re.IGNORECASE)


@dataclass
class Entry:
    """One backward pass: its name, the functions that it consists of, and how the file calls it."""

    name: str
    forward: ast.FunctionDef
    backward: ast.FunctionDef
    setup: ast.FunctionDef | None = None
    holder: ast.ClassDef | None = None  # None: a pair of functions
    returned: tuple[str, ...] = ()  # what a call in the file or in its comments names the gradients
    inherits: bool = True
    forward_name: str = ""
    backward_name: str = ""
    methods: dict[str, ast.FunctionDef] = field(default_factory=dict)

    @property
    def is_function(self) -> bool:
        """Whether it is a class that torch calls."""
        return self.holder is not None

    @property
    def where(self) -> ast.AST:
        """What of the file speaks of it."""
        return self.holder or self.forward


def entries(tree: ast.Module, source: str) -> list[Entry]:
    """All backward passes of a file, in order."""
    found = [*_classes(tree), *_pairs(tree, source)]
    return sorted(found, key=lambda e: e.backward.lineno)


def _classes(tree: ast.Module) -> Iterator[Entry]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.ClassDef):
            continue
        methods = {m.name: m for m in node.body if isinstance(m, ast.FunctionDef)}
        bases = [ast.unparse(b).rpartition(".")[2] for b in node.bases]
        if not any(b.endswith(("Function", "InplaceFunction")) for b in bases) and not _takes_ctx(methods):
            continue
        forward, backward = methods.get("forward"), methods.get("backward") or methods.get("vjp")
        if forward is not None and backward is not None:
            yield Entry(node.name, forward, backward, methods.get("setup_context"), node, methods=methods)


def _takes_ctx(methods: dict[str, ast.FunctionDef]) -> bool:
    backward = methods.get("backward")
    return backward is not None and bool(backward.args.args) and backward.args.args[0].arg == "ctx"


def _pairs(tree: ast.Module, source: str) -> Iterator[Entry]:
    functions = {f.name: f for f in tree.body if isinstance(f, ast.FunctionDef)}
    for name, forward in functions.items():
        match = FORWARD.match(name)
        if not match:
            continue
        for word in ("backward", "bwd", "grad", "vjp"):
            other = f"{match['before']}{word}{match['after']}"
            if other in functions:
                returned = _called(source, other)
                yield Entry(name, forward, functions[other], None, None, returned, False, name, other)
                break


def pair_of(tree: ast.Module, source: str, forward: str, backward: str) -> Entry:
    """Two functions of a file, whatever they are called. Raises KeyError where one is not there."""
    functions = {f.name: f for f in tree.body if isinstance(f, ast.FunctionDef)}
    returned = _called(source, backward)
    return Entry(forward, functions[forward], functions[backward], None, None, returned, False, forward, backward)


def _called(source: str, backward: str) -> tuple[str, ...]:
    """The names that a call, in the code or in a comment, gives to what a backward function returns."""
    pattern = rf"(?:^|[#;])[ \t]*\(?[ \t]*([\w, ]+?),?[ \t]*\)?[ \t]*=[ \t]*{re.escape(backward)}\("
    match = re.search(pattern, source, re.MULTILINE)
    return tuple(n.strip() for n in match[1].split(",") if n.strip()) if match else ()


def is_torch(source: str, tree: ast.Module | None = None) -> bool:
    """Whether a file imports torch."""
    return re.search(r"^\s*(?:import|from)\s+torch\b", source, re.MULTILINE) is not None
