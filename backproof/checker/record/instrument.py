"""Rewrite a script so that every value that a statement produces is handed over, with the place where it stands.

The script computes what it always computes. After `x = ...` stands `x = __take__(site, x)`, after `d[k] = ...` stands
`__item__(site, d, k)`, and so on; the expression of a return value, an entry of a display or an argument of `append` is
wrapped where it stands. A hook gives back what it is given, or another value that is to be used in its place.
"""

import ast
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .numbers import with_number_parameters, without_guards
from .pieces import arguments_of, as_expression, calling, is_method, key_of, loaded, name_of, targets_in, under_guard

ADDING = {"append": 0, "insert": 1, "setdefault": 1, "add": 0}


@dataclass(frozen=True)
class Site:
    """A place in the script that produces a value: its statement, the expression of the value, and what it is called."""  # noqa: E501

    number: int
    line: int
    kind: str  # assign, augment, item, attribute, entry, return, loop, argument
    name: str  # the variable, the attribute, or the key; "" where only the running script knows it
    container: str  # what the name is an entry or an attribute of, as it is written
    function: str  # the function around it; "" for the module
    statement: ast.stmt
    expression: ast.expr | None
    index: int = -1  # the place in a list or tuple


@dataclass
class Instrumented:
    """A compiled script and its sites."""

    code: Any
    sites: list[Site]
    tree: ast.Module
    source: str


def parse(source: str, filename: str) -> ast.Module:
    """The syntax tree of a script; SyntaxError where it is not Python."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        return ast.parse(source, filename)


def instrument(
    source: str,
    filename: str,
    guarded: frozenset[int] = frozenset(),
    change: Callable[[ast.Module], ast.Module] | None = None,
) -> Instrumented:
    """Compile a script with hooks; the values of guarded sites are computed by `__guarded__`, since they raise.

    `change` may alter the script once its hooks are in place.
    """
    watch = _Watch(guarded)
    tree = parse(source, filename)
    watched = without_guards(watch.visit(with_number_parameters(parse(source, filename))))
    watched = ast.fix_missing_locations(change(watched) if change else watched)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        return Instrumented(compile(watched, filename, "exec"), watch.sites, tree, source)


class _Watch(ast.NodeTransformer):
    def __init__(self, guarded: frozenset[int]) -> None:
        self.guarded = guarded
        self.sites: list[Site] = []
        self.functions: list[str] = []
        self.in_class = False

    def site(
        self,
        node: ast.AST,
        kind: str,
        name: str,
        container: str,
        statement: ast.stmt,
        expression: ast.expr | None,
        index: int = -1,
    ) -> ast.expr:
        """A new site, as the constant that the hook is called with."""
        line = node.lineno  # type: ignore[attr-defined]
        function = self.functions[-1] if self.functions else ""
        number = len(self.sites)
        self.sites.append(Site(number, line, kind, name, container, function, statement, expression, index))
        return ast.copy_location(ast.Constant(number), node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        """The statements of a class body declare; those of its methods compute."""
        node.body = [
            part for s in node.body for part in ([s] if isinstance(s, (ast.Assign, ast.AnnAssign)) else self._body([s]))
        ]
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """What a function is called with is noted when it is entered."""
        self.functions.append(node.name)
        node.body = self._body(node.body)
        names = [a.arg for a in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
        site = self.site(node, "entered", node.name, "", node, None)
        values = ast.Dict([ast.Constant(n) for n in names], [ast.Name(n, ast.Load()) for n in names])
        entered = ast.copy_location(ast.Expr(calling("__entered__", site, values)), node.body[0])
        has_docstring = isinstance(node.body[0], ast.Expr) and isinstance(node.body[0].value, ast.Constant)
        node.body.insert(1 if has_docstring else 0, entered)
        self.functions.pop()
        return node

    def _body(self, statements: list[ast.stmt]) -> list[ast.stmt]:
        made: list[ast.stmt] = []
        for statement in statements:
            result = self.visit(statement)
            made.extend(result if isinstance(result, list) else [result] if result is not None else [])
        return made

    def visit_AnnAssign(self, node: ast.AnnAssign) -> Any:
        """An annotation with a value is an assignment; a bare one declares."""
        if node.value is None:
            quoted = isinstance(node.annotation, ast.Constant) and isinstance(node.annotation.value, str)
            return ast.copy_location(ast.Pass(), node) if quoted and not self.functions else node
        node.value = self._wrapped(node.value, node, name_of(node.target))
        return [node, *self._after(node, node.target, node.value, "assign")]

    def visit_Assign(self, node: ast.Assign) -> Any:
        """A hook for each target."""
        original = node.value
        node.value = self._wrapped(node.value, node, name_of(node.targets[0]))
        hooks = []
        for target in node.targets:
            if isinstance(target, (ast.Tuple, ast.List)) and isinstance(original, (ast.Tuple, ast.List)):
                for part, value in zip(target.elts, original.elts, strict=False):
                    hooks += self._after(node, part, value, "assign")
            else:
                hooks += self._after(node, target, original, "assign")
        self._guard(node)
        return [node, *hooks]

    def _guard(self, node: ast.Assign | ast.AugAssign) -> None:
        """Compute the value of a statement that raises under guard."""
        number = next(
            (s.number for s in reversed(self.sites) if s.statement is node and s.number in self.guarded), None
        )
        if number is not None:
            node.value = under_guard(number, node.value)

    def visit_AugAssign(self, node: ast.AugAssign) -> Any:
        """The grown value is handed over."""
        original = node.value
        node.value = self.visit(node.value)
        hooks = self._after(node, node.target, original, "augment")
        self._guard(node)
        return [node, *hooks]

    def visit_For(self, node: ast.For) -> Any:
        """The loop's variables are handed over in each turn."""
        node.iter = self.visit(node.iter)
        node.body = [*self._after(node, node.target, None, "loop"), *self._body(node.body)]
        node.orelse = self._body(node.orelse)
        return node

    def visit_Return(self, node: ast.Return) -> Any:
        """What is returned is handed over where it stands."""
        if node.value is None:
            return node
        original = node.value
        value = self._wrapped(node.value, node, "")
        if not isinstance(original, (ast.Tuple, ast.List, ast.Dict)):
            name = self.functions[-1] if self.functions else ""
            value = calling("__take__", self.site(node, "return", name, "", node, original), value)
        node.value = ast.copy_location(value, original)
        return node

    def visit_Yield(self, node: ast.Yield) -> Any:
        """A generator's values are handed over too."""
        if node.value is None:
            return node
        statement = ast.copy_location(ast.Expr(node), node)
        original, node.value = node.value, self.visit(node.value)
        site = self.site(node, "return", self.functions[-1] if self.functions else "", "", statement, original)
        node.value = ast.copy_location(calling("__take__", site, node.value), original)
        return node

    def visit_Expr(self, node: ast.Expr) -> Any:
        """An expression whose value is dropped: what it adds to a container, or writes into an array, is handed over."""  # noqa: E501
        written = [*arguments_of(node.value)] if isinstance(node.value, ast.Call) else []
        hooks: list[ast.stmt] = []
        for part in written:
            name = part.id if isinstance(part, ast.Name) else part.attr
            container = ast.unparse(part.value) if isinstance(part, ast.Attribute) else ""
            site = self.site(node, "augment", name, container, node, None)
            hooks.append(ast.copy_location(ast.Expr(calling("__wrote__", site, loaded(part))), node))
        for keyword in node.value.keywords if isinstance(node.value, ast.Call) else ():
            if keyword.arg == "out" and isinstance(keyword.value, ast.Subscript):
                hooks += self._after(node, keyword.value, node.value, "item")
        hooks += self._set_by_name(node)
        node.value = self._wrapped(node.value, node, "")
        return [node, *hooks]

    def _set_by_name(self, node: ast.Expr) -> list[ast.stmt]:
        """setattr(self, name, value) is an assignment to an attribute."""
        call = node.value
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "setattr"):
            return []
        if len(call.args) != 3 or not isinstance(call.args[0], ast.Name):
            return []
        site = self.site(node, "attribute", "", call.args[0].id, node, call.args[2])
        hook = calling("__attr__", site, loaded(call.args[0]), as_expression(call.args[1]))
        return [ast.copy_location(ast.Expr(hook), node)]

    def visit_NamedExpr(self, node: ast.NamedExpr) -> Any:
        """The walrus."""
        original = node.value
        statement = ast.copy_location(ast.Expr(node), node)
        site = self.site(node, "assign", node.target.id, "", statement, original)
        node.value = ast.copy_location(calling("__take__", site, self.visit(node.value)), original)
        return node

    def visit_Lambda(self, node: ast.Lambda) -> Any:
        """Only what is inside."""
        node.body = self.visit(node.body)
        return node

    def visit_Call(self, node: ast.Call) -> Any:
        """float(x) keeps what it is given, since the cost is often printed as one."""
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id == "float" and len(node.args) == 1:
            node.func = ast.copy_location(ast.Name("__float__", ast.Load()), node.func)
        return node

    def _wrapped(self, value: ast.expr, statement: ast.stmt, name: str) -> ast.expr:
        """The value of a statement, with a hook around each entry of a display and each argument that is stored."""
        if isinstance(value, ast.Dict):
            value.values = [
                self._entry(v, statement, key_of(k), name) for k, v in zip(value.keys, value.values, strict=True)
            ]
            return value
        if isinstance(value, (ast.List, ast.Tuple)) and not isinstance(value.ctx, ast.Store):
            value.elts = [self._entry(v, statement, "", name, i) for i, v in enumerate(value.elts)]
            return value
        if isinstance(value, ast.Call):
            return self._call(value, statement, name)
        return self.visit(value)

    def _call(self, call: ast.Call, statement: ast.stmt, name: str) -> ast.expr:
        function = call.func
        if (isinstance(function, ast.Name) and function.id == "dict") or is_method(function, "update"):
            container = name or (ast.unparse(function.value) if isinstance(function, ast.Attribute) else "")
            for keyword in call.keywords:
                if keyword.arg:
                    keyword.value = self._entry(keyword.value, statement, keyword.arg, container)
            call.args = [self._wrapped(a, statement, container) for a in call.args]
            return call
        if isinstance(function, ast.Attribute) and function.attr in ADDING and len(call.args) > ADDING[function.attr]:
            at = ADDING[function.attr]
            key = key_of(call.args[0]) if function.attr == "setdefault" else ""
            container = ast.unparse(function.value)
            argument = call.args[at]
            call.args[at] = self._entry(argument, statement, key, container, -2)
            if function.attr == "append" and call.args[at] is not argument and isinstance(call.args[at], ast.Call):
                call.args[at].args.append(loaded(function.value))  # type: ignore[attr-defined]
            return call
        return self.visit(call)

    def _entry(self, value: ast.expr, statement: ast.stmt, key: str, container: str, index: int = -1) -> ast.expr:
        """An entry of a display; a bare name was handed over when it got its value."""
        if isinstance(value, (ast.Dict, ast.List, ast.Tuple)):
            return self._wrapped(value, statement, key or container)
        if isinstance(value, (ast.Name, ast.Constant, ast.Starred)):
            return value
        site = self.site(value, "entry", key, container, statement, value, index)
        if len(self.sites) - 1 in self.guarded:
            value = under_guard(len(self.sites) - 1, value)
        return ast.copy_location(calling("__take__", site, self.visit(value)), value)

    def _after(self, statement: ast.stmt, target: ast.expr, value: ast.expr | None, kind: str) -> list[ast.stmt]:
        """The hooks after a statement has bound its target."""
        made: list[ast.stmt] = []
        for part in targets_in(target):
            if isinstance(part, ast.Name):
                site = self.site(statement, kind, part.id, "", statement, value)
                load = ast.Name(part.id, ast.Load())
                made.append(ast.Assign([ast.Name(part.id, ast.Store())], calling("__take__", site, load)))
            elif isinstance(part, ast.Attribute):
                kind_here = kind if kind == "augment" else "attribute"
                site = self.site(statement, kind_here, part.attr, ast.unparse(part.value), statement, value)
                made.append(ast.Expr(calling("__attr__", site, loaded(part.value), ast.Constant(part.attr))))
            elif isinstance(part, ast.Subscript):
                kind_here = kind if kind == "augment" else "item"
                site = self.site(statement, kind_here, "", ast.unparse(part.value), statement, value)
                made.append(ast.Expr(calling("__item__", site, loaded(part.value), as_expression(part.slice))))
        return [ast.copy_location(hook, statement) for hook in made]
