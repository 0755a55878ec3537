"""What scanning does to a letter: signs that stand for others, each named when it is read as the other."""

from collections.abc import Callable

from .tree import Call, Derivative, Name, Op, Tree, rebuilt


def mapped(tree: Tree, change: Callable[[Name], Tree]) -> Tree:
    """Return the tree with each name changed."""
    if isinstance(tree, Name):
        return change(tree)
    if isinstance(tree, Call) and isinstance(tree.function, Name):
        renamed = change(tree.function)
        tree = Call(renamed, tree.arguments, tree.keywords) if isinstance(renamed, Name) else tree
    return rebuilt(tree, lambda kid: mapped(kid, change))


def names(tree: Tree) -> list[Name]:
    """Every name in the tree, those of functions included."""
    found: list[Name] = []

    def note(name: Name) -> Name:
        found.append(name)
        return name

    mapped(tree, note)
    return found


def plain_derivative(of: Name, by: Name) -> bool:
    """Whether a fraction of a quantity by itself stands for an underlined dV."""
    return of == by or (
        of.base == by.base in ("w", "b", "a", "Z", "z") and of.layer == by.layer and of.parts == by.parts
    )


def repaired(tree: Tree, known: frozenset[str], update: bool) -> tuple[Tree, list[str]]:
    """Return the tree as it was meant where a sign is plainly another, and what was read as what."""
    said: list[str] = []

    def say(old: str, new: str) -> None:
        if (text := f"{old} read as {new}") not in said:
            said.append(text)

    def change(name: Name) -> Tree:
        base, layer, parts = name.base, name.layer, name.parts
        if base == "alpha" and "alpha" not in known and not update:
            say(r"\alpha", "a")
            base = "a"
        if base == "I" and "I" not in known:
            say("I", "z")
            base = "z"
        if layer == "G":
            say("(G)", "[1]")
            layer = "1"
        if parts == ("a",) and layer:
            say("_a", "_4")
            parts = ("4",)
        if base == "j" and "j" not in known and not parts and not layer:
            base = "J"
        return Name(base, name.kind, layer, name.example, parts, name.primes)

    return _fractions(mapped(tree, change), say), said


def _fractions(tree: Tree, say: Callable[[str, str], None]) -> Tree:
    """A fraction of layered quantities by one another is an underlined dV; a count less a vector has an index."""
    if isinstance(tree, Derivative):
        of, by = tree.of, tree.by
        if isinstance(of, Name) and isinstance(by, Name) and of != by and of.layer and by.layer and of.base in "Zwb":
            say(f"\\frac{{\\partial {of.base}}}{{\\partial {by.base}}}", f"d{of.base}")
            return Name(of.base, "d", of.layer, of.example, of.parts)
        return tree
    if tree == Op("sub", (Name("n"), Name("x"))):
        say("n - x", "n_x")
        return Name("n", parts=("x",))
    if isinstance(tree, Op):
        return Op(tree.kind, tuple(_fractions(kid, say) for kid in tree.kids), tree.sign)
    return tree
