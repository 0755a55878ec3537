"""Everything public is declared and sourced, and has a torch counterpart and a case."""

import inspect
import pkgutil
import subprocess
import sys
from importlib import import_module
from types import ModuleType

import pytest

import reference_numpy
import torch_impl
from parity_tests.cases import CASES
from parity_tests.witnesses import counterpart_of
from reference_numpy.blocks import linear_forward
from reference_numpy.registry import FORMULAS, Formula, formula, formula_of, gradient, same_as, shapes_text
from reference_numpy.systems import SYSTEMS
from shapes import network
from torch_impl.checked import checked

MACHINERY = {"registry", "systems", "places", "equations", "checked"}
CONSTRAINTS = {f.also for f in FORMULAS.values()}
FORWARD = [f for f in FORMULAS.values() if f.of is None and f.same_as is None]


def public_modules(package: ModuleType) -> list[ModuleType]:
    names = [m.name for m in pkgutil.iter_modules(package.__path__) if m.name not in MACHINERY]
    assert names
    return [import_module(f"{package.__name__}.{name}") for name in names]


def public_functions(module: ModuleType) -> list[str]:
    return [
        name
        for name, value in inspect.getmembers(module, inspect.isfunction)
        if value.__module__ == module.__name__ and not name.startswith("_") and value not in CONSTRAINTS
    ]


@pytest.mark.parametrize("module", public_modules(reference_numpy), ids=lambda m: m.__name__)
def test_every_public_function_is_declared(module: ModuleType) -> None:
    names = public_functions(module)
    assert names
    for name in names:
        assert formula_of(getattr(module, name)).id == f"{module.__name__.rpartition('.')[2]}.{name}"


@pytest.mark.parametrize("formula_id", FORMULAS)
def test_every_formula_says_what_where_from_and_how(formula_id: str) -> None:
    declared = FORMULAS[formula_id]
    assert declared.latex
    assert declared.source
    assert declared.systems
    doc = inspect.getdoc(getattr(import_module(f"reference_numpy.{declared.topic}"), declared.name)) or ""
    assert doc.splitlines()[0].endswith(".")
    for part in ("Formula: ", "Shapes: ", "Source: ", "Raises: "):
        assert part in doc


@pytest.mark.parametrize("formula_id", FORMULAS)
def test_a_signature_can_be_read(formula_id: str) -> None:
    declared = FORMULAS[formula_id]
    by_hand = getattr(import_module(f"reference_numpy.{declared.topic}"), declared.name)
    for function in (by_hand, counterpart_of(declared.of or declared.same_as or declared)):
        signature = str(inspect.signature(function))
        assert len(signature) < 300
        assert "numpy.ndarray[" not in signature


@pytest.mark.parametrize("package", [reference_numpy, torch_impl], ids=lambda package: package.__name__)
def test_a_package_has_its_modules(package: ModuleType) -> None:
    code = f"import {package.__name__} as p; print(*[getattr(p, name).__name__ for name in p.__all__])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == [module.__name__ for module in public_modules(package)]


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_system_of_the_notes_has_a_formula_with_a_case(system: str) -> None:
    cased = {c.formula for c in CASES}
    assert any(system in f.systems and (f in cased or f.of in cased) for f in FORMULAS.values())


def test_every_forward_formula_has_exactly_one_case() -> None:
    assert sorted(c.formula.id for c in CASES) == sorted(f.id for f in FORWARD)


@pytest.mark.parametrize("declared", FORWARD, ids=lambda f: f.id)
def test_the_counterpart_takes_the_same_arguments_and_checks_them(declared: Formula) -> None:
    counterpart = counterpart_of(declared)
    assert list(inspect.signature(counterpart).parameters) == list(declared.arguments)
    assert inspect.unwrap(counterpart) is not counterpart, f"mark torch_impl.{declared.id} @checked"
    assert (inspect.getdoc(counterpart) or "").endswith(f"\n\nShapes:  as declared at reference_numpy.{declared.id}.")


def test_a_counterpart_of_what_is_not_declared_says_so() -> None:
    def rectify(Z: object) -> object:
        return Z

    rectify.__module__ = "torch_impl.activations"
    message = (
        "torch_impl/activations.py marks rectify as checked, and reference_numpy/activations.py declares no formula"
    )
    with pytest.raises(LookupError, match=message):
        checked(rectify)(1.0)


def test_every_public_function_of_torch_is_documented() -> None:
    for module in public_modules(torch_impl):
        assert inspect.getdoc(module)
        for name in public_functions(module):
            assert inspect.getdoc(getattr(module, name)), f"{module.__name__}.{name}"


def test_a_declaration_must_name_the_arguments_of_the_function() -> None:
    with pytest.raises(TypeError, match=r"declared \['A', 'B'\], written \['A', 'C'\]"):

        @formula("A", "S1", "here", "A (n, m), B (n, m) -> D (n, m)")
        def misnamed(A: object, C: object) -> object:
            return A


def test_a_formula_cannot_be_declared_twice() -> None:
    def twice(A: object) -> object:
        return A

    twice.__module__ = "reference_numpy.somewhere"
    declare = formula("A", "S1", "here", "A (n, m) -> A (n, m)")
    try:
        declare(twice)
        with pytest.raises(TypeError, match=r"somewhere\.twice is declared twice"):
            declare(twice)
    finally:
        del FORMULAS["somewhere.twice"]


def test_a_system_that_the_notes_do_not_have_is_refused() -> None:
    with pytest.raises(ValueError, match=r"refused: there is no system S26, S0, expected some of S1, S2, .*, S25$"):

        @formula("A", "S4 S26 S0", "here", "A (n, m) -> B (n, m)")
        def refused(A: object) -> object:
            return A


def test_a_constraint_may_ask_for_declared_arguments_only() -> None:
    def violation(A: object, C: object) -> str | None:
        return None

    with pytest.raises(TypeError, match=r"refused: `also` asks for C, expected some of \['A', 'B'\]"):

        @formula("A", "S1", "here", "A (n, m), B (n, m) -> D (n, m)", also=violation)
        def refused(A: object, B: object) -> object:
            return A


def test_shapes_that_cannot_be_read_are_refused() -> None:
    with pytest.raises(ValueError, match="cannot read"):
        formula("A", "S1", "here", "A (n, m) B (n, m) -> C (n, m)")


@pytest.mark.parametrize("declare", [lambda f: gradient(f, "", "S1", "", "a -> b"), lambda f: same_as(f, "S1", "")])
def test_only_a_declared_function_has_gradients_and_other_forms(declare: object) -> None:
    assert callable(declare)
    with pytest.raises(LookupError, match="public_functions is not declared as a formula"):
        declare(public_functions)


def test_gradients_inherit_the_shapes_of_what_they_differentiate() -> None:
    backward = FORMULAS["blocks.linear_backward"]
    assert backward.of is formula_of(linear_forward)
    assert shapes_text(backward) == "dZ (n, m), cache -> dA_prev (n_prev, m), dW (n, n_prev), db (n, 1)"
    assert shapes_text(FORMULAS["activations.sigmoid_prime"]) == "Z (...) -> dA_dZ (...)"
    assert shapes_text(FORMULAS["vectorization.dot_backward"]) == "dz (), w (n_x,), x (n_x,) -> dw (n_x,), dx (n_x,)"


def test_both_implementations_have_every_activation_that_may_be_chosen() -> None:
    assert tuple(reference_numpy.activations.ACTIVATIONS) == network.ACTIVATIONS
    assert tuple(torch_impl.activations.ACTIVATIONS) == network.ACTIVATIONS
