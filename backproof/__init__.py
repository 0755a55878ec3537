"""The command `backproof`: prove your backprop. In Python: `backproof.check(path_or_source)`."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from backproof.checker.report import Report
    from parity_tests.prove import Proof

__version__: str


def __getattr__(name: str) -> str:
    """The version of the installed package, looked up when it is asked for."""
    if name != "__version__":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib.metadata import version

    return version(__name__)


def check(
    source: str | Path | Callable[..., Any],
    backward: Callable[..., Any] | None = None,
    *,
    shapes: Mapping[str, str] | str | None = None,
    inputs: Mapping[str, Any] | None = None,
    device: str = "cpu",
    seed: int = 0,
) -> "Report":
    """Check a derivation, given as a path, as its text, or as two functions; the report has a finding for each claim.

    With functions: `source` is the forward function of the inputs that `shapes` declares, as {"X": "n_x, m"}, and
    returns the cost J, or J and a cache; `backward(cache)`, or without a cache backward of the same inputs, returns
    a dictionary {"dW": ...} of derivatives. Both are plain functions that use `np`.

    With torch: `source` is a subclass of torch.autograd.Function, or with `backward` two functions of tensors, forward
    that returns its outputs or outputs and a cache, backward(d_outputs, cache). `shapes` says what the arguments are,
    "x (B, T, C), w (C,), eps float"; `inputs` are arguments by their names, of which the shapes are taken; without
    either, comments and calls in their file are read.

    Raises OSError for a path that cannot be read; a derivation that cannot be used has the verdict "unusable".
    """
    from backproof.checker.check import check_source

    if callable(source):
        from backproof.checker.pair import check_functions, check_torch, is_of_torch

        if is_of_torch(source):
            return check_torch(source, backward, shapes or "", inputs, device, seed)
        if isinstance(shapes, str):
            raise ValueError("check(forward, backward): shapes is a text for torch functions, else {name: sizes}")
        return check_functions(source, backward, shapes or {}, seed)
    if isinstance(source, Path) or "\n" not in source:
        path = Path(source)
        from backproof.notes.check import check_notes, is_notes

        text = path.read_text(encoding="utf-8-sig")
        if is_notes(str(source), text):
            return check_notes(text, str(source), seed)
        return check_source(path.read_text(encoding="utf-8-sig"), str(source), seed, str(path.resolve().parent))
    return check_source(source, "derivation", seed)


def prove(
    forward: Callable[..., Any],
    gradient: Callable[..., Any],
    counterpart: Callable[..., Any],
    *,
    shapes: str,
    seed: int = 0,
) -> "Proof":
    """Prove a formula of your own: values and derivatives, by hand in NumPy, against a torch function of the same names.

    `shapes` declares the arguments and the result, as "w (n_x,), x (n_x,) -> z ()". See `parity_tests.prove`.
    """  # noqa: E501
    from parity_tests.prove import prove as run

    return run(forward, gradient, counterpart, shapes=shapes, seed=seed)


def load_ipython_extension(ipython: Any) -> None:
    """Add the cell magic `%%backproof`: run a cell, and judge it with the variables of the notebook as its inputs."""

    def judged(line: str, cell: str) -> "Report":
        """Run this cell and judge it; a number behind the name is the seed."""
        from backproof.checker.cell import check_cell

        names = dict(ipython.user_ns)
        exec(compile(ipython.transform_cell(cell), "<cell>", "exec"), ipython.user_ns)
        return check_cell(cell, names, int(line) if line.strip() else 0)

    ipython.register_magic_function(judged, "cell", "backproof")
