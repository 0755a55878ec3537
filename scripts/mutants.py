"""Mutation testing of the reference: every small mistake in a formula must be found by the parity engine or a test.

    python scripts/mutants.py [MODULE ...] [--list] [--jobs 2]

Each mutant runs in a fork of a process that has torch loaded; nothing is written to the working tree. Survivors that
no test can find, because they compute the same, are listed with the reason in equivalent_mutants.toml.
"""

import argparse
import ast
import importlib.util
import linecache
import os
import resource
import signal
import sys
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from typing import Any

os.environ["OMP_NUM_THREADS"] = "1"
os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = tempfile.gettempdir()

import _hypothesis_pytestplugin  # noqa: F401
import hypothesis
import pytest
import sympy  # noqa: F401
import torch
import torch._dynamo
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code

from mutation_operators import OPERATORS, applies

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "reference_numpy"
OURS = {"reference_numpy", "torch_impl", "parity_tests", "backproof"}
EQUIVALENT = Path(__file__).with_name("equivalent_mutants.toml")
TESTS = ("test_shapes", "test_declarations", "test_errors", "test_values", "test_demonstrations")
PYTEST = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
LIMIT_S = 60
MEMORY = 6 * 2**30
SURVIVED, TIMEOUT = "survived", "timed out"


@dataclass(frozen=True)
class Mutant:
    """One mutated module: its source, and the first line that differs from the original."""

    path: Path
    number: int
    operator: str
    line: str
    mutated_line: str
    source: str

    def __str__(self) -> str:
        place = f"{self.path.relative_to(ROOT)}:{self.number}"
        return f"{place}  {self.operator}  {self.line} -> {self.mutated_line}"


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
            found.append(_described(path, name, source, mutated))
    return sorted(found, key=lambda mutant: mutant.number)


def _occurrences(source: str) -> Iterator[tuple[str, int]]:
    nodes = list(ast_nodes(get_ast(source)))
    for name, operator in OPERATORS.items():
        places = [node for node in nodes for _ in operator.mutation_positions(node)]
        yield from ((name, i) for i, node in enumerate(places) if applies(name, node))


def _described(path: Path, name: str, source: str, mutated: str) -> Mutant:
    pairs = enumerate(zip(source.splitlines(), mutated.splitlines(), strict=False), 1)
    number, (line, mutated_line) = next((i, pair) for i, pair in pairs if pair[0] != pair[1])
    return Mutant(path, number, name, line.strip(), mutated_line.strip(), mutated)


class MutatedLoader(SourceFileLoader):
    """Loads a module from the source of a mutant, whatever the file and its cache say."""

    def __init__(self, fullname: str, mutant: Mutant) -> None:
        super().__init__(fullname, str(mutant.path))
        self.mutant = mutant

    def get_code(self, fullname: str) -> Any:
        """The mutant, compiled."""
        lines = self.mutant.source.splitlines(keepends=True)
        linecache.cache[self.path] = (len(self.mutant.source), None, lines, self.path)  # for inspect.getsource
        return self.source_to_code(self.mutant.source.encode(), self.path)


class MutatedFinder(MetaPathFinder):
    """Finds the mutated module before the import system finds the file."""

    def __init__(self, mutant: Mutant) -> None:
        self.mutant = mutant

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> ModuleSpec | None:
        """The mutant's own module only."""
        if fullname != f"{PACKAGE.name}.{self.mutant.path.stem}":
            return None
        loader: Loader = MutatedLoader(fullname, self.mutant)
        return importlib.util.spec_from_file_location(fullname, self.mutant.path, loader=loader)


def imports() -> bool:
    """Whether every module of the reference can be imported."""
    return all(importlib.import_module(f"{PACKAGE.name}.{path.stem}") for path in PACKAGE.glob("*.py"))


def cases_agree(topic: str) -> bool:
    """Whether all witnesses agree with every formula; those of the topic are asked first."""
    from parity_tests.cases import CASES
    from parity_tests.verify import verify_case

    ordered = sorted(CASES, key=lambda case: case.formula.topic != topic)
    return all(result.verdict == "agrees" for case in ordered for result in verify_case(case, seed=0))


def tests_pass() -> bool:
    """Whether the fast test files pass."""
    files = [str(path) for name in TESTS if (path := ROOT / "parity_tests" / f"{name}.py").exists()]
    return not files or pytest.main([*PYTEST, *files]) == pytest.ExitCode.OK


def stages(topic: str) -> dict[str, Callable[[], bool]]:
    """What may kill a mutant, the fastest first: the cases hardly see the check at the door, the tests do."""
    by_cases, by_tests = {"by the cases": partial(cases_agree, topic)}, {"by a test": tests_pass}
    later = by_tests | by_cases if topic.startswith("_") else by_cases | by_tests
    return {"at import": imports} | later


def killer(mutant: Mutant) -> int:
    """The number, from 1, of the stage that kills the mutant; 0 when it survives."""
    sys.meta_path.insert(0, MutatedFinder(mutant))
    for number, passes in enumerate(stages(mutant.path.stem).values(), 1):
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
    signal.alarm(LIMIT_S)
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    if silent:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
    status = 99
    try:
        status = killer(mutant)
    finally:
        sys.stdout.flush()
        os._exit(status)


def outcome(mutant: Mutant, status: int) -> str:
    """What became of a mutant, from the exit status of its child."""
    code = os.waitstatus_to_exitcode(status)
    if code == -signal.SIGALRM:
        return TIMEOUT
    named = [SURVIVED, *(f"killed {how}" for how in stages(mutant.path.stem))]
    return named[code] if 0 <= code < len(named) else "killed by a crash"


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
        lived = sum(said == SURVIVED for said in outcomes.values())
        print(f"\r{len(outcomes)}/{len(mutants)}, {lived} survived ", end="", flush=True)
    print()
    return outcomes


def load() -> None:
    """Load what children share, and none of our own packages: a child must import them itself."""
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    sys.dont_write_bytecode = True
    torch.set_num_threads(1)
    hypothesis.settings.register_profile("mutants", derandomize=True, database=None, deadline=None)
    hypothesis.settings.load_profile("mutants")
    traced = torch.compile(torch.compiler.wrap_numpy(lambda x: 3 * x), backend="eager", fullgraph=True)
    traced(torch.ones(2))  # the first trace loads much
    early = {name.partition(".")[0] for name in sys.modules} & OURS
    if early:
        raise RuntimeError(f"imported too early: {', '.join(sorted(early))}")


def baseline_passes() -> bool:
    """Whether the reference as it is passes all stages, loaded as a mutant is."""
    path = PACKAGE / "_formula.py"
    unchanged = Mutant(path, 0, "none", "", "", path.read_text(encoding="utf-8"))
    _, status = os.waitpid(start(unchanged, silent=False), 0)
    said = outcome(unchanged, status)
    print(f"without a mutation: {said}")
    return said == SURVIVED


def report(outcomes: dict[Mutant, str], complete: bool) -> bool:
    """Print the counts, the survivors and the stale entries; whether there is nothing to explain."""
    known = [tuple(e[k] for k in ("file", "line", "mutant")) for e in _equivalent()]
    survivors = {m: (str(m.path.relative_to(ROOT)), m.line, m.mutated_line) for m in outcomes if outcomes[m] == SURVIVED}
    unexplained = [m for m, key in survivors.items() if key not in known]
    stale = [entry for entry in known if entry not in survivors.values()] if complete else []
    for said, count in Counter(outcomes.values()).most_common():
        print(f"{count:5} {said}")
    print(f"{len(outcomes):5} mutants; {len(survivors) - len(unexplained)} survivors are equivalent")
    for m in unexplained:
        print(f"survived: {m}")
    for file, line, mutated in stale:
        print(f"stale: {file}  {line} -> {mutated} is no surviving mutant")
    return not unexplained and not stale


def _equivalent() -> list[dict[str, str]]:
    if not EQUIVALENT.exists():
        return []
    entries: list[dict[str, str]] = tomllib.loads(EQUIVALENT.read_text(encoding="utf-8")).get("equivalent", [])
    return entries


def main() -> int:
    """Command line; 0 when every mutant is killed or explained."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("modules", nargs="*", metavar="MODULE", help="a module of reference_numpy; all by default")
    parser.add_argument("--list", action="store_true", help="print the mutants and run none")
    parser.add_argument("--jobs", type=int, default=2, help="children at a time")
    options = parser.parse_args()
    paths = [PACKAGE / f"{name}.py" for name in options.modules] or sorted(PACKAGE.glob("*.py"))
    mutants = [mutant for path in paths for mutant in mutants_of(path)]
    if options.list:
        print(*mutants, f"{len(mutants)} mutants", sep="\n")
        return 0
    load()
    if not baseline_passes():
        return 1
    begun = time.monotonic()
    outcomes = run(mutants, options.jobs)
    print(f"{time.monotonic() - begun:.0f} s")
    return 0 if report(outcomes, complete=not options.modules) else 1


if __name__ == "__main__":
    sys.exit(main())
