"""The examples of docs/check.md: the lines that it marks, and no others, are wrong."""

import re
from pathlib import Path

import pytest

from backproof.checker.check import checked

PAGE = (Path(__file__).parents[2] / "docs/check.md").read_text()
EXAMPLES = re.findall(
    r"^## (.+?)\n(?:(?!^## ).)*?^```python\n(.*?)^```", PAGE.split("## What comes out")[0], re.M | re.S
)


@pytest.mark.parametrize(("title", "source"), EXAMPLES, ids=[title for title, _ in EXAMPLES])
def test_an_example_of_the_page_is_judged_as_it_says(title: str, source: str) -> None:
    report = checked("import numpy as np\n" + source, f"{title}.py")
    wrong = {report.source[f.line - 1] for f in report.lines if f.verdict == "wrong"}
    assert wrong == {line for line in source.splitlines() if line.endswith("# WRONG")}
    assert report.unjudged == []


def test_each_principle_has_an_example() -> None:
    assert len(EXAMPLES) == 7
