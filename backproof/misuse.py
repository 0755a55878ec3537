"""Options that cannot be used, in one sentence each instead of the parser's box of several lines."""

import inspect
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any, NoReturn

from tyro import _errors

from .errors import UserError, did_you_mean
from .shell import program

KINDS = {
    "INT": "an integer",
    "FLOAT": "a number",
    "{None}|INT": "an integer, or None",
    "{None}|FLOAT": "a number, or None",
    "[INT [INT ...]]": "integers",
}
Options = Sequence[str]  # of a command, as they are typed


def options_of(command: Callable[..., Any]) -> list[str]:
    """Return the options that a command's own parameters become."""
    parameters = inspect.signature(command).parameters.values()
    return [f"--{p.name.replace('_', '-')}" for p in parameters if p.kind is not p.POSITIONAL_ONLY]


def refusing_in_one_sentence(words: Sequence[str], options: Options) -> AbstractContextManager[None]:
    """Within it, whatever the parser finds wrong with the words of a command is a UserError."""

    def refuse(event: _errors.ParseErrorEvent) -> NoReturn:
        listed = f"`{program('backproof')} {words[0]} --help` lists the options"
        raise UserError(f"{words[0]}: {_sentence(event, words[1:], options)}; {listed}")

    return _errors.on_parse_error(refuse)


def _sentence(event: _errors.ParseErrorEvent, words: Sequence[str], options: Options) -> str:
    if isinstance(event, _errors.InvalidChoice):
        return f"{_name(event)} {event.value:.100}: expected {' or '.join(event.choices)}"
    if isinstance(event, _errors.InstantiationFailure):
        kind = str(event.argument.lowered.metavar) if event.argument else ""
        return f"{' '.join([_name(event), *_given(_name(event), words)])}: expected {KINDS.get(kind, kind)}"
    if isinstance(event, _errors.BadValue):
        return f"{_name(event)}: expected a value"
    if isinstance(event, _errors.UnrecognizedArgs):
        word = event.tokens[0].partition("=")[0]
        if word.startswith("-"):
            return f"there is no option {word:.100}{did_you_mean(word, options)}"
        return f"{word!r:.100} is one word too many"
    if isinstance(event, _errors.MissingArgs):
        return f"expected {event.missing_arguments[0].arg.field.helptext}"
    return " ".join(words)


def _name(event: Any) -> str:
    """Return the option that an event is about, as it is typed."""
    return str(event.argument.lowered.name_or_flags[-1]) if event.argument else "what was given"


def _given(option: str, words: Sequence[str]) -> list[str]:
    """Return the values that an option was given, the last time."""
    places = [i for i, word in enumerate(words) if word.partition("=")[0] == option]
    if not places:
        return []
    _, equals, value = words[places[-1]].partition("=")
    after = [value] if equals else []
    for word in words[places[-1] + 1 :]:
        if word.startswith("--"):
            break
        after.append(word)
    return [f"{word:.100}" for word in after]
