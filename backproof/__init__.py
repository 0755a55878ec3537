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
    shapes: Mapping[str, str] | None = None,
    seed: int = 0,
) -> "Report":
    """Check a derivation, given as a path, as its text, or as two functions; the report has a finding for each claim.

    With functions: `source` is the forward function of the inputs that `shapes` declares, as {"X": "n_x, m"}, and
    returns the cost J, or J and a cache; `backward(cache)`, or without a cache backward of the same inputs, returns
    a dictionary {"dW": ...} of derivatives. Both are plain functions that use `np`.

    Raises OSError for a path that cannot be read; a derivation that cannot be used has the verdict "unusable".
    """
    from backproof.checker.check import check_source

    if callable(source):
        from backproof.checker.pair import check_functions

        return check_functions(source, backward, shapes or {}, seed)
    if isinstance(source, Path) or "\n" not in source:
        path = Path(source)
        if path.suffix in (".md", ".markdown", ".tex", ".ipynb", ".txt"):
            from backproof.notes.check import check_notes

            return check_notes(path.read_text(encoding="utf-8-sig"), str(source), seed)
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
