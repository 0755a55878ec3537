"""What holds of any options: they are written as JSON and read again, and of a sweep's words none is lost."""

import json
from typing import Annotated, Any, Literal, get_args, get_origin

from hypothesis import assume, example, given
from hypothesis import strategies as st

from backproof.errors import UserError
from backproof.training.config_files import from_json
from backproof.training.options import known, preset
from backproof.training.sweeps import parse, words_of
from shapes.ranges import Within

DECLARED = {name: option.declared for name, option in known().items()}
PLAIN = {name: get_args(declared)[0] for name, declared in DECLARED.items()}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


def values_of(name: str) -> st.SearchStrategy[Any]:
    """Values that an option may have by itself."""
    hint = DECLARED[name]
    assert get_origin(hint) is Annotated
    within = next((part for part in get_args(hint) if isinstance(part, Within)), None)
    return _values(get_args(hint)[0], within)


def _values(hint: Any, within: Within | None) -> st.SearchStrategy[Any]:
    if get_origin(hint) is Literal:
        return st.sampled_from(get_args(hint))
    if get_origin(hint) is tuple:
        return st.lists(_values(get_args(hint)[0], within), max_size=3).map(tuple)
    if hint is int:
        assert within is not None
        return st.integers(int(within.low), int(within.high))
    if hint is float:
        assert within is not None
        return st.floats(within.low, within.high, exclude_min=not within.low_is_in, exclude_max=not within.high_is_in)
    if hint is bool:
        return st.booleans()
    if hint is str:
        return st.sampled_from(["digits", "xor", "a.csv", "b.h5"]) | st.text(max_size=9)
    return st.one_of(*(st.none() if kind is type(None) else _values(kind, within) for kind in get_args(hint)))


OPTIONS = st.fixed_dictionaries({}, optional={name: values_of(name) for name in DECLARED})


@given(OPTIONS)
def test_options_are_written_and_read_again(options: dict[str, Any]) -> None:
    try:
        config = preset("digits").changed(**options)
    except UserError:
        assume(False)
    text = json.dumps(config.to_json(), allow_nan=False)
    assert from_json(json.loads(text), "here") == config


NEARLY = st.fixed_dictionaries({}, optional={name: values_of(name) | JSON | st.lists(JSON) for name in DECLARED})


@given(NEARLY | st.dictionaries(st.text(max_size=5), JSON, max_size=2) | JSON)
@example({"layers": [1.5]})
@example({"layers": [True]})
@example({"iterations": True})
@example({"learning_rate": "1"})
def test_any_json_is_options_or_one_refusal(content: Any) -> None:
    config, said = None, ""
    try:
        config = from_json(content, "there")
    except UserError as error:
        said = str(error)
    assert config is None or from_json(config.to_json(), "there") == config
    assert config is not None or said.startswith("there: ")
    for name, value in content.items() if config is not None else ():
        entries = value if isinstance(value, (list, tuple)) else [value]
        assert {type(entry) for entry in entries} <= set(_types(PLAIN[name])), (name, value)


def _types(hint: Any) -> list[Any]:
    """The types that a value of this hint may have in JSON."""
    kinds = [part for kind in get_args(hint) or (hint,) for part in (get_args(kind) or (kind,))]
    found = [type(kind) if isinstance(kind, str) else kind for kind in kinds]
    return [*found, *([int] if float in found else [])]


@given(st.sampled_from(list(DECLARED)), st.data())
def test_a_value_is_swept_as_it_is_written(name: str, data: st.DataObject) -> None:
    value = data.draw(values_of(name))
    value = list(value) if isinstance(value, tuple) else value
    text = " ".join(map(str, value)) if isinstance(value, list) else words_of(value) if value is None else str(value)
    assume(
        ("," not in text and text == text.strip() and text.lower() not in ("none", "true", "false")) or value is None
    )
    assert parse(f"{name}={text}") == (name, [value])


@given(st.text(max_size=40) | st.builds("{}={}".format, st.sampled_from(list(DECLARED)), st.text(max_size=20)))
def test_any_words_are_a_sweep_or_one_refusal(axis: str) -> None:
    found, said = None, ""
    try:
        found = parse(axis)
    except UserError as error:
        said = str(error)
    assert found is not None or said.startswith(f"--sweep {axis}")
    if found is not None:
        assert found[0] in PLAIN
        assert len(found[1]) == axis.partition("=")[2].count(",") + 1
