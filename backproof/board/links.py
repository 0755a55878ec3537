"""What a person types and opens to see runs in TensorBoard."""

import re
from urllib.parse import quote, urlencode

from backproof.shell import program
from backproof.training.options import RUNS


def tensorboard() -> str:
    """Return what starts TensorBoard on all runs."""
    return f"{program('tensorboard')} --logdir {RUNS}"


def link(name: str, others: str = "$", tags: str = "") -> str:
    """Return the page with the curves of a run, and of those whose names go on with the pattern `others`.

    The run is found too where TensorBoard was started on its own folder, which it calls a dot.
    """
    run = re.sub(r"([.+])", r"\\\1", name)
    filters = {"runFilter": rf"^{run}{others}|^\.$"} | ({"tagFilter": tags} if tags else {}) | {"smoothing": "0"}
    return f"http://localhost:6006/?{urlencode(filters, quote_via=quote, safe='')}#timeseries"
