"""Check two functions, forward and backward, as they stand in a person's own module.

Their module's text is checked with a few lines behind it that declare the inputs and call the two, so that every finding is
at the line of the person's own file, and constants, imports and helpers are those of the module.
"""  # noqa: E501

import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from .check import check_source
from .record.program import lines_of
from .report import Report
from .tensors.asked import Asked
from .tensors.said.find import is_torch

CALL = """
{inputs}
__made__ = {forward}({arguments})
J = __made__[0] if isinstance(__made__, tuple) else __made__
__cache__ = __made__[1:] if isinstance(__made__, tuple) else ({arguments},)
grads = {backward}(*(__cache__[:{taken}] if len(__cache__) >= {taken} else ({arguments},)))
"""


def check_functions(
    forward: Callable[..., Any], backward: Callable[..., Any] | None, shapes: Mapping[str, str], seed: int = 0
) -> Report:
    """Check that `backward` returns the derivatives of the cost that `forward` returns.

    `forward` takes the inputs that `shapes` declares and returns the cost, or the cost and a cache; `backward` takes the
    cache, or without one the same inputs, and returns a dictionary {"dW": ...}, or arrays in the order of the inputs.

    Raises ValueError where `backward` is missing, or an input is not declared.
    """  # noqa: E501
    if backward is None:
        raise ValueError("check(forward, backward): the second function is missing")
    inputs = list(inspect.signature(forward).parameters)
    missing = [name for name in inputs if name not in shapes]
    if missing:
        raise ValueError(f"{missing[0]} is an argument of {forward.__name__}, and shapes does not declare it")
    source, path = _module_of(forward, backward)
    taken = len(inspect.signature(backward).parameters)
    call = CALL.format(
        inputs="\n".join(f"{name}: {shape!r}" for name, shape in shapes.items()),
        arguments=", ".join(inputs),
        forward=forward.__name__,
        backward=backward.__name__,
        taken=taken,
    )
    package = forward.__globals__.get("__package__") or "" if path else ""
    folder = str(Path(path).parent) if path else ""
    report = check_source(_without_main(source) + call, path or forward.__name__, seed, folder, package)
    report.source = lines_of(source)
    report.lines = [f for f in report.lines if f.line <= len(report.source)]
    return report


def _module_of(*functions: Callable[..., Any]) -> tuple[str, str]:
    """The text in which the functions stand, their own where there is no file, and its path."""
    path = inspect.getsourcefile(functions[0]) or ""
    if path and Path(path).is_file() and all(inspect.getsourcefile(f) == path for f in functions):
        module = inspect.getmodule(functions[0])
        if module is not None and all(getattr(module, f.__name__, None) is f for f in functions):
            return Path(path).read_text(encoding="utf-8"), path
    own = [inspect.cleandoc("\n" + inspect.getsource(f)) for f in functions]
    return "\n\n".join(["import numpy as np", *own]) + "\n", ""


def _without_main(source: str) -> str:
    """The module without what it does when it is run as a program."""
    return source.partition('\nif __name__ == "__main__"')[0] + "\n"


def is_of_torch(function: Callable[..., Any]) -> bool:
    """Whether a class or a function is written with torch."""
    if isinstance(function, type):
        return any(base.__module__.startswith("torch") for base in function.__mro__)
    return is_torch(_text_of(function)) or "torch" in function.__code__.co_names


def check_torch(
    forward: Callable[..., Any],
    backward: Callable[..., Any] | None,
    shapes: Mapping[str, str] | str,
    inputs: Mapping[str, Any] | None,
    device: str,
    seed: int = 0,
) -> Report:
    """Check a subclass of torch.autograd.Function, or a forward and a backward function of tensors, in their own file.

    Raises ValueError where `backward` is missing.
    """
    if backward is None and not isinstance(forward, type):
        raise ValueError("check(forward, backward): the second function is missing")
    said = shapes if isinstance(shapes, str) else ", ".join(f"{n} ({dims})" for n, dims in shapes.items())
    source, path = _text_of(forward), inspect.getsourcefile(forward) or ""
    if backward is not None and backward.__name__ not in source:
        source = f"{source}\n\n{inspect.cleandoc(chr(10) + inspect.getsource(backward))}\n"
    pair = (forward.__name__, backward.__name__) if backward is not None else None
    asked = Asked(forward.__name__ if pair is None else "", said, device, "", pair, inputs)
    is_file = Path(path).is_file()
    name, folder = (path, str(Path(path).parent)) if is_file else (forward.__name__, "")
    package = getattr(inspect.getmodule(forward), "__package__", "") or "" if is_file else ""
    return check_source(_without_main(source), name, seed, folder, package, asked)


def _text_of(function: Callable[..., Any]) -> str:
    """The text of a file around a function; its own where there is no file, as in a notebook."""
    path = inspect.getsourcefile(function) or ""
    if Path(path).is_file() and "<locals>" not in function.__qualname__:
        return Path(path).read_text(encoding="utf-8")
    return (
        "import torch\nimport torch.nn.functional as F\n\n"
        + inspect.cleandoc("\n" + inspect.getsource(function))
        + "\n"
    )
