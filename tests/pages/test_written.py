"""The pages that people write: their links lead somewhere, and what they tell one to type is understood."""

import re
import shlex
from pathlib import Path

import pytest

from backproof.__main__ import COMMANDS
from tests import ROOT
from tests.command import backproof

PAGES = [
    *ROOT.glob("*.md"),
    *(path for path in (ROOT / "docs").glob("*.md") if path.name not in ("formulas.md", "notes.md")),
]


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", page.read_text()):
        path, _, anchor = target.partition("#")
        linked = page.parent / path if path else page
        assert linked.exists(), target
        assert not anchor or anchor in anchors(linked), target


def typed() -> list[list[str]]:
    """The words of every line that the README tells one to type."""
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    return [shlex.split(line, comments=True) for block in blocks for line in block.splitlines()]


@pytest.mark.parametrize("command", COMMANDS)
def test_the_readme_types_what_a_command_knows(command: str) -> None:
    lines = [words for words in typed() if words[:2] == ["backproof", command]]
    assert lines
    known = backproof(command, "--help").stdout
    for option in {word for words in lines for word in words if word.startswith("--")}:
        assert re.search(rf"(?<![\w-]){option}(?![\w-])", known), option


def test_every_make_target_that_is_told_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    told = {
        name for page in PAGES for name in re.findall(r"(?:`|^(?:\$ )?)make ([a-z]+)", page.read_text(), re.MULTILINE)
    }
    assert told <= targets
    assert "verify" in told
