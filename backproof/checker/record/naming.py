"""What an entry of a container is called: W1 for params["W1"], dW[0] for dW[0], Z["3"] for Z["3"]."""

from typing import Any


def written(container: str, key: Any) -> str:
    """An entry as it is written, without what its container is an attribute of."""
    base = last_of(container)
    return f'{base}["{key}"]' if isinstance(key, str) and key else f"{base}[{key}]"


def entry_name(container: str, base: Any, key: Any) -> str:
    """The name of an entry: its key where that is a word, or else as it is written, with places counted from the start."""  # noqa: E501
    if isinstance(base, dict) and isinstance(key, str) and key.isidentifier():
        return key
    is_from_the_end = isinstance(base, list) and isinstance(key, int) and key < 0
    return written(container, len(base) + key if is_from_the_end else key)


def added_name(container: str, index: int, grown: Any) -> str:
    """The name of what a display holds at an index, or of what is appended to a list that grew."""
    at = len(grown) if isinstance(grown, list) else index
    return written(container, at if at >= 0 else "")


def last_of(container: str) -> str:
    """The name of a container without what it is an attribute of."""
    return container.rpartition(".")[2]
