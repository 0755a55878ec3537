"""The pages: their links lead somewhere, and what they tell one to type is understood."""

import re
import shlex
from functools import cache
from pathlib import Path

import pytest

from backproof.__main__ import COMMANDS
from backproof.pages.__main__ import main as write_pages
from tests import ROOT
from tests.command import backproof

FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`[^`\n]*`")
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("backproof/data/*/*.md")]


@cache
def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", FENCED.sub("", page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def leads_somewhere(page: Path, target: str) -> bool:
    """Whether a relative link has a file or folder, and there a heading or a line, at its end."""
    path, _, anchor = target.partition("#")
    linked = (page.parent / path).resolve() if path else page
    if not linked.exists():
        return False
    if line := re.fullmatch(r"L(\d+)", anchor):
        return int(line[1]) <= len(linked.read_text().splitlines())
    return not anchor or anchor in anchors(linked)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    targets = set(re.findall(r"\]\((?!https?:)([^)\s]+)\)", CODE.sub("", FENCED.sub("", page.read_text()))))
    assert not [target for target in targets if not leads_somewhere(page, target)]


def test_a_link_that_leads_nowhere_is_seen() -> None:
    page = ROOT / "README.md"
    assert leads_somewhere(page, "CONTRIBUTING.md#add-a-formula")
    assert not leads_somewhere(page, "CONTRIBUTING.md#add-a-formul")
    assert not leads_somewhere(page, "docs/formula.md")
    assert not leads_somewhere(page, "reference_numpy/deep.py#L9999")


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


@pytest.mark.parametrize(("word", "status"), [("--help", 0), ("--nope", 2)])
def test_nobody_who_asks_for_help_gets_pages(
    word: str, status: int, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["pages", word])
    with pytest.raises(SystemExit) as end:
        write_pages()
    assert end.value.code == status
    assert not list(folder.iterdir())
