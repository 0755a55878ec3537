"""The page of the benchmarks: every table with its picture, and what was to be reached."""

import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_info

from .tables import Bars, Claim, Curves, Table

PACKAGES = ("numpy", "torch", "scikit-learn", "autograd", "jax", "tensorboard")


def page(tables: Mapping[str, Table], command: str) -> str:
    """Return the page in Markdown; the picture of a table lies in benchmarks/, beside the page, under its name."""
    parts = ["# Benchmarks", "", f"Written by `{command}`, {date.today()}. {machine()}", "", INTRODUCTION, ""]
    claims = [claim for table in tables.values() for claim in table.claims]
    parts += ["## What was to be reached", "", *markdown(("what", "reach", "measured", ""), map(_row, claims)), ""]
    missed = [claim for claim in claims if not claim.met and claim.why]
    parts += [f"- {claim.what}: {claim.why}." for claim in missed] + ([""] if missed else [])
    parts += [line for name, table in tables.items() for line in section(name, table)]
    return "\n".join(parts)


def section(name: str, table: Table) -> list[str]:
    """Return the lines of a table, with its title, its text and its picture."""
    parts = [f"## {table.title}", "", table.text, ""]
    parts += [*markdown(table.columns, table.rows), ""] if table.rows else []
    return parts + ([f"![{table.title}](benchmarks/{name}.svg)", ""] if table.picture else [])


INTRODUCTION = (
    "Ratios of paired timings: contestants take turns in one process, and only times of the same turn are compared, in "
    "the quieter half of the turns. "
    "Beside each median stand the quartiles, which say how well it repeats. With one thread the clock is the processor "
    "time of the process. Ratios are claims; absolute times are not, but where a limit is one."
)


def _row(claim: Claim) -> tuple[str, ...]:
    return claim.what, claim.reach, claim.measured, "met" if claim.met else "**not met**"


def markdown(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return the lines of a table."""
    lines = [list(row) for row in (columns, *rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return [f"| {' | '.join(line)} |" for line in lines]


def machine() -> str:
    """Return on what the figures were measured."""
    found = []
    for name in PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    blas = {f"{pool['internal_api']} {pool.get('architecture', '')}".strip() for pool in threadpool_info()}
    load = f"a load of {os.getloadavg()[2]:.1f} by all that ran on them"
    return (
        f"{processor()}, {os.cpu_count()} cores, {load}; Python {platform.python_version()}, {', '.join(found)}; "
        f"{', '.join(sorted(blas))}."
    )


def processor() -> str:
    """Return the name of the processor, where the system tells it."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def draw(table: Table, path: Path) -> None:
    """Draw the picture of a table."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "backproof", "font.size": 9})
    import matplotlib.pyplot as plt

    if isinstance(table.picture, Bars):
        figure = _bars(table.picture, plt)
    else:
        assert isinstance(table.picture, Curves)
        figure = _curves(table.picture, plt)
    figure.savefig(path, bbox_inches="tight", metadata={"Date": None})
    plt.close(figure)


def _bars(picture: Bars, plt: Any) -> Any:
    names = list(dict.fromkeys(name for _, ratios in picture.rows for name in ratios))
    high = 0.8 / len(names)
    figure, axes = plt.subplots(figsize=(8, 0.8 + 0.2 * len(picture.rows) * len(names)))
    for i, name in enumerate(names):
        known = [(at, ratios[name]) for at, (_, ratios) in enumerate(picture.rows) if name in ratios]
        axes.barh(
            [at + (i - (len(names) - 1) / 2) * high for at, _ in known],
            [ratio.median for _, ratio in known],
            high,
            xerr=[[r.median - r.low for _, r in known], [r.high - r.median for _, r in known]],
            error_kw={"linewidth": 0.8},
            label=name,
        )
    axes.set_yticks(range(len(picture.rows)), [where for where, _ in picture.rows])
    axes.invert_yaxis()
    axes.set_xscale(picture.scale)
    if picture.mark is not None:
        axes.axvline(picture.mark, color="black", linewidth=0.8)
    axes.set_title(picture.title)
    if len(names) > 1:
        axes.legend(loc="upper left", bbox_to_anchor=(1, 1), frameon=False)
    if picture.scale == "log":
        axes.xaxis.set_major_formatter("{x:g}")
        axes.xaxis.set_minor_formatter("{x:g}" if axes.get_xlim()[1] < 10 * axes.get_xlim()[0] else "")
    axes.margins(y=0.01)
    return figure


def _curves(picture: Curves, plt: Any) -> Any:
    figure, axes = plt.subplots(figsize=(7, 4))
    for name, points in picture.curves.items():
        axes.plot(*zip(*points, strict=True), marker="o", markersize=3, label=name)
    axes.set(xscale="log", yscale="log", xlabel=picture.x, ylabel=picture.y, title=picture.title)
    axes.legend(frameon=False)
    return figure
