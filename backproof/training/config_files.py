"""The options as JSON: what a run's config.json holds is read again, and refused where it cannot be used."""

import json
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from backproof.errors import UserError
from backproof.files import absence, is_file

from .options import Config, known, shown


def read_config(path: str | Path) -> Config:
    """Return the options in a run's config.json, or in a file with just these; UserError when it cannot be used."""
    content = read_json(path)
    options = content.get("options", content) if isinstance(content, dict) else content
    return from_json(options, str(path))


def read_json(path: str | Path) -> Any:
    """Read the content of a small JSON file; UserError when it cannot be read."""
    if not is_file(Path(path)):
        raise UserError(f"{path}: found {absence(Path(path))}; expected JSON as a run writes it")
    try:
        with open(path, encoding="utf-8") as file:
            content = json.loads(file.read(2**20))
        json.dumps(content, allow_nan=False)  # Python reads NaN and 1e999, which are not JSON's or not finite
        return content
    except (OSError, ValueError, RecursionError) as error:
        raise UserError(f"{path}: {error}; expected JSON as a run writes it") from None


def from_json(options: object, where: str) -> Config:
    """Return the options that `to_json` wrote; UserError names the option that is unknown or of another type."""
    if not isinstance(options, dict):
        raise UserError(f"{where}: found {type(options).__name__}, expected an object of options")
    values: dict[str, Any] = {}
    for name, value in options.items():
        if name not in known():
            raise UserError(f"{where}: there is no option {shown(name)}, expected some of {', '.join(known())}")
        hint = get_args(known()[name].declared)[0]
        if name == "activation" and isinstance(value, str):  # one word is a list of one
            value = [value]
        if not _fits(value, hint):
            raise UserError(f"{where}: {name} is {shown(value)}, expected {_words(hint)}")
        values[name] = tuple(value) if isinstance(value, list) else value
    try:
        return Config().changed(**values)
    except UserError as error:
        raise UserError(f"{where}: {error}") from None


def _fits(value: object, hint: Any) -> bool:
    if get_origin(hint) is Literal:
        return isinstance(value, str) and value in get_args(hint)
    if get_origin(hint) is tuple:
        return isinstance(value, list) and all(_fits(entry, get_args(hint)[0]) for entry in value)
    allowed = get_args(hint) or (hint,)
    return type(value) in allowed or (float in allowed and type(value) is int)


def _words(hint: Any) -> str:
    if get_origin(hint) is Literal:
        return f"one of {', '.join(get_args(hint))}"
    if get_origin(hint) is tuple:
        kind = get_args(hint)[0]
        return "a list of integers" if kind is int else f"a list of {', '.join(get_args(kind))}"
    names = {str: "text", int: "an integer", bool: "true or false", float: "a number", type(None): "null"}
    return " or ".join(names[kind] for kind in get_args(hint) or (hint,))
