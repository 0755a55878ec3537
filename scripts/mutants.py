"""Mutation testing: every small mistake in a formula must be found by the parity engine or a test.

    python scripts/mutants.py [MODULE ...] [--list] [--jobs 2] [--sample 40]

A MODULE is one of reference_numpy or shapes (`deep`), which are all broken by default, or of the product by its place
(`commands/show`), whose tests are named in wings.toml. Each mutant runs in a fork of a process that has torch loaded;
nothing is written to the working tree. Survivors that compute the same are listed in equivalent_mutants.toml.
"""

import argparse
import ast
import importlib
import linecache
import os
import resource
import signal
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType
from typing import Any

os.environ["OMP_NUM_THREADS"] = "1"

import pytest
import torch
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from mutation_operators import OPERATORS, computes, drawn

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = (ROOT / "reference_numpy", ROOT / "shapes")
PRODUCT = ROOT / "backproof"
WINGS = tomllib.loads(Path(__file__).with_name("wings.toml").read_text(encoding="utf-8"))["tests"]
EQUIVALENT = Path(__file__).with_name("equivalent_mutants.toml")
PRELOADED = ("numpy", "sympy", "torch._dynamo")
PRELOADED_FOR_WINGS = ("torch.utils.tensorboard", "h5py", "PIL.Image", "rich.progress", "rich.table", "tyro")
OURS = {"shapes", "reference_numpy", "torch_impl", "parity_tests", "backproof", "tests"}
PAGE = "tests/pages/test_formulas.py::test_the_formula_page_is_up_to_date"  # which prints the code, and so knows it
TESTS = ("formulas", "demonstrations", "shapes", "pages/test_formulas.py", f"--deselect={PAGE}")
PYTEST = ["-x", "-q", "-p", "no:cacheprovider", "-W", "ignore::pytest.PytestAssertRewriteWarning"]
LIMIT_S = 40  # of the processor's time: the machine may be busy with something else
MEMORY = 6 * 2**30
SURVIVED = "survived"


@dataclass(frozen=True)
class Mutant:
    """One mutated module: its source, and the first line that differs from the original."""

    path: Path
    number: int
    operator: str
    line: str
    mutated_line: str
    source: str

    @property
    def file(self) -> str:
        """The path in the repository."""
        return self.path.relative_to(ROOT).as_posix()

    def __str__(self) -> str:
        return f"{self.file}:{self.number}  {self.operator}  {self.line} -> {self.mutated_line}"


def mutants_of(path: Path) -> list[Mutant]:
    """All mutants of a module that compile and differ from each other, by line."""
    source = path.read_text(encoding="utf-8")
    seen = {ast.dump(ast.parse(source))}
    found = []
    for name, occurrence in _occurrences(source):
        mutated = mutate_code(source, OPERATORS[name], occurrence)
        try:
            meaning = ast.dump(ast.parse(mutated))
        except SyntaxError:
            continue
        if meaning not in seen:
            seen.add(meaning)
            pairs = enumerate(zip(source.splitlines(), mutated.splitlines(), strict=False), 1)
            number, (line, mutated_line) = next((i, pair) for i, pair in pairs if pair[0] != pair[1])
            found.append(Mutant(path, number, name, line.strip(), mutated_line.strip(), mutated))
    return sorted(found, key=lambda mutant: mutant.number)


def _occurrences(source: str) -> Iterator[tuple[str, int]]:
    nodes = list(ast_nodes(get_ast(source)))
    for name, operator in OPERATORS.items():
        places = [node for node in nodes for _ in operator.mutation_positions(node)]
        yield from ((name, i) for i, node in enumerate(places) if computes(node))


class Importer(SourceFileLoader):
    """Finds and loads the mutated module before the import system finds the file or its cache."""

    def __init__(self, mutant: Mutant) -> None:
        super().__init__(name_of(mutant.path), str(mutant.path))
        self.source = mutant.source

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> ModuleSpec | None:
        """The mutated module only."""
        return spec_from_file_location(fullname, self.path, loader=self) if fullname == self.name else None

    def get_code(self, fullname: str) -> CodeType:
        """The mutant, compiled."""
        lines = self.source.splitlines(keepends=True)
        linecache.cache[self.path] = (len(self.source), None, lines, self.path)  # for inspect.getsource
        return compile(self.source, self.path, "exec", dont_inherit=True)


def name_of(path: Path) -> str:
    """The full name of a module."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def imports(mutant: Mutant) -> bool:
    """Whether all modules of the reference can be imported, with the mutant in the place of its module."""
    sys.meta_path.insert(0, Importer(mutant))
    return all(importlib.import_module(name_of(path)) for folder in PACKAGES for path in folder.glob("[!_]*.py"))


def cases_agree(topic: str) -> bool:
    """Whether torch agrees with every formula on every sample; the cases of the topic come first."""
    from parity_tests.cases import CASES
    from parity_tests.truth import truths
    from parity_tests.verify import judge_case

    ordered = sorted(CASES, key=lambda case: case.formula.topic != topic)
    evaluated = (
        (case, truth) for case in ordered for truth in truths(case, 0, only_torch=True)
    )  # most mutants die by the first
    return all(result.verdict == "agrees" for case, truth in evaluated for result in judge_case(case, [truth]))


def tests_pass(tests: Iterable[str]) -> bool:
    """Whether the tests pass that these files and options of pytest name."""
    words = [word if word.startswith("-") else str(ROOT / "tests" / word) for word in tests]
    return pytest.main([*PYTEST, *words]) == pytest.ExitCode.OK


def tests_of_wing_pass(mutant: Mutant) -> bool:
    """Whether the tests of a module of the product pass, with the mutant in its place."""
    sys.meta_path.insert(0, Importer(mutant))
    importlib.import_module(name_of(mutant.path))  # before pytest: it has an importer of its own
    return tests_pass(WINGS[place_of(mutant.path)])


def place_of(path: Path) -> str:
    """Return how a module is named on the command line."""
    return path.relative_to(PRODUCT).with_suffix("").as_posix() if PRODUCT in path.parents else path.stem


def stages(mutant: Mutant) -> Mapping[str, Callable[[], bool]]:
    """What may kill a mutant, in order: the cases do not see the argument check, so there the tests come first."""
    if PRODUCT in mutant.path.parents:
        return {"by a test": partial(tests_of_wing_pass, mutant)}
    topic = mutant.path.stem
    middle, last = {"by the cases": partial(cases_agree, topic)}, {"by a test": partial(tests_pass, TESTS)}
    rest = middle | last if holds_formulas(mutant.path) else last | middle
    return {"at import": partial(imports, mutant)} | rest


def holds_formulas(path: Path) -> bool:
    """Whether a module holds formulas, and not what they are declared with."""
    return path.parent.name == "reference_numpy" and path.stem not in ("registry", "systems")


def killer(mutant: Mutant) -> int:
    """The number, from 1, of the stage that kills the mutant; 0 when it survives."""
    for number, passes in enumerate(stages(mutant).values(), 1):
        try:
            if not passes():
                return number
        except BaseException as error:
            print(f"{type(error).__name__}: {error}", file=sys.stderr)
            return number
    return 0


def start(mutant: Mutant, silent: bool = True) -> int:
    """Fork a child that exits with the number of the killing stage; its process id."""
    sys.stdout.flush()
    if pid := os.fork():
        return pid
    status = len(stages(mutant)) + 1
    try:
        resource.setrlimit(resource.RLIMIT_CPU, (LIMIT_S, LIMIT_S + 5))
        signal.alarm(10 * LIMIT_S)  # for a child that waits
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
        if silent:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, 1)
            os.dup2(nowhere, 2)
        status = killer(mutant)
    finally:
        sys.stdout.flush()
        os._exit(status)


def outcome(mutant: Mutant, status: int) -> str:
    """What became of a mutant, from the exit status of its child."""
    code = os.waitstatus_to_exitcode(status)
    if code < 0:
        return "killed by the time limit" if -code in (signal.SIGXCPU, signal.SIGALRM) else "killed by a crash"
    return [SURVIVED, *(f"killed {how}" for how in stages(mutant)), "killed by a crash"][code]


def run(mutants: list[Mutant], jobs: int) -> dict[Mutant, str]:
    """Outcomes of all mutants, several at a time."""
    running: dict[int, Mutant] = {}
    outcomes: dict[Mutant, str] = {}
    waiting = list(reversed(mutants))
    while waiting or running:
        while waiting and len(running) < jobs:
            mutant = waiting.pop()
            running[start(mutant)] = mutant
        pid, status = os.wait()
        mutant = running.pop(pid)
        outcomes[mutant] = outcome(mutant, status)
        if outcomes[mutant] == SURVIVED:
            print(f"\rsurvived: {mutant}")
        print(f"\r{len(outcomes)} of {len(mutants)}", end="", flush=True)
    print()
    return outcomes


def prepare(wings: bool) -> None:
    """Load what the children share, and none of our own packages: they import those themselves."""
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    sys.dont_write_bytecode = True
    for name in (*PRELOADED, *(PRELOADED_FOR_WINGS if wings else ())):
        importlib.import_module(name)
    torch.set_num_threads(1)
    torch.compile(torch.neg, backend="eager")(torch.ones(2))  # the first trace loads much
    if early := {name.partition(".")[0] for name in sys.modules} & OURS:
        raise RuntimeError(f"imported too early: {', '.join(sorted(early))}")


def baseline_passes(path: Path) -> bool:
    """Whether a module as it is passes all stages, loaded as a mutant is."""
    unchanged = Mutant(path, 0, "none", "", "", path.read_text(encoding="utf-8"))
    _, status = os.waitpid(start(unchanged, silent=False), 0)
    print(f"{place_of(path)} without a mutation: {(said := outcome(unchanged, status))}")
    return said == SURVIVED


def report(outcomes: dict[Mutant, str], sampled: bool) -> bool:
    """Print the counts, the survivors and, of all mutants, the stale entries; whether there is nothing to explain."""
    text = EQUIVALENT.read_text(encoding="utf-8") if EQUIVALENT.exists() else ""
    known = [(e["file"], e["line"], e["mutant"]) for e in tomllib.loads(text).get("equivalent", [])]
    survivors = {m: (m.file, m.line, m.mutated_line) for m, said in outcomes.items() if said == SURVIVED}
    unexplained = [m for m, entry in survivors.items() if entry not in known]
    broken = {mutant.file for mutant in outcomes}
    stale = [entry for entry in known if entry[0] in broken and entry not in survivors.values() and not sampled]
    print(f"{len(outcomes)} mutants: {len(outcomes) - len(survivors)} killed, {len(survivors)} survived, ", end="")
    print(f"{len(survivors) - len(unexplained)} of them equivalent")
    lines = [f"{count:5} {said}" for said, count in Counter(outcomes.values()).most_common()]
    lines += [f"survived: {m}" for m in sorted(unexplained, key=lambda m: (m.path, m.number))]
    lines += [f"stale, no survivor: {file}  {line} -> {mutated}" for file, line, mutated in stale]
    print(*lines, sep="\n")
    return not unexplained and not stale


def main() -> int:
    """Command line; 0 when every mutant is killed or explained."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("modules", nargs="*", metavar="MODULE", help="such as deep or commands/show; default see above")
    parser.add_argument("--list", action="store_true", help="print the mutants and run none")
    parser.add_argument("--sample", type=int, metavar="N", help="of each module, drawn alike every time; default all")
    parser.add_argument("--jobs", type=int, default=2, help="children at a time")
    options = parser.parse_args()
    reference = {path.stem: path for folder in PACKAGES for path in sorted(folder.glob("*.py"))}
    named = reference | {place: PRODUCT / f"{place}.py" for place in WINGS}
    if unknown := set(options.modules) - set(named):
        parser.error(f"there is no {', '.join(sorted(unknown))}, expected some of {', '.join(named)}")
    paths = [named[name] for name in options.modules] or list(reference.values())
    mutants = [mutant for path in paths for mutant in drawn(mutants_of(path), options.sample)]
    if options.list:
        print(*mutants, f"{len(mutants)} mutants", sep="\n")
        return 0
    product = [path for path in paths if PRODUCT in path.parents]
    prepare(wings=bool(product))
    if not all(map(baseline_passes, product or [PACKAGES[0] / "registry.py"])):
        return 1
    begun = time.monotonic()
    outcomes = run(mutants, options.jobs)
    print(f"{time.monotonic() - begun:.0f} s")
    return 0 if report(outcomes, sampled=options.sample is not None) else 1


if __name__ == "__main__":
    sys.exit(main())
