"""A run of several processes: the first one opens its folder, and all of them train the same network."""

from typing import NamedTuple

from backproof.data.sets import Dataset, load
from backproof.errors import UserError

from ..engines import prepare_device
from ..loop import Begun
from ..options import Config
from ..session import Opened, as_before, open_again, open_new
from .engine import ShardedEngine
from .group import Ranks
from .streamed import StreamedEngine


class Shared(NamedTuple):
    """What each process needs to train; `opened` is None but in the first one."""

    config: Config
    dataset: Dataset
    engine: ShardedEngine
    begun: Begun
    threads: int
    opened: Opened | None


def open_shared(config: Config, name: str | None, resume: str | None, ranks: Ranks) -> Shared:
    """Open a run, new or to go on with, for all processes; one error in all of them when it cannot be."""
    with ranks.together():
        config = ranks.share(config)
        refuse_other_engines(config)
        if config.place.first_layer == "auto":
            config = config.changed(first_layer="direct")
        which = config.data if resume is None else as_before(config.data)
        dataset = None if ranks.leads else load(which, config.network.loss)
    opened = None
    with ranks.together():
        if ranks.leads:
            opened = open_new(config, name, ranks.about) if resume is None else open_again(config, resume, ranks.about)
    state = opened and (opened.config, opened.engine.state(), opened.begun, opened.threads)
    config, (parameters, velocity), begun, threads = ranks.share(state)  # type: ignore[misc]
    dataset = opened.dataset if opened else dataset
    assert dataset is not None
    ranks.refuse_different("--data", list(dataset.files.values()))
    with ranks.together():
        start = config, parameters, velocity, prepare_device(config.place.device), ranks
        engine = StreamedEngine(*start, dataset.stream) if dataset.stream else ShardedEngine(*start)
    return Shared(config, dataset, engine, begun, threads, opened and opened._replace(engine=engine))


def refuse_other_engines(config: Config) -> None:
    """Raise UserError for an engine that computes in one process."""
    if config.place.engine == "numpy":
        raise UserError(
            "--engine numpy under torchrun: it computes by hand in one process, and torch.distributed adds up the "
            "gradients of autograd; use --engine torch, or start it without torchrun"
        )
    if config.place.first_layer == "gram":
        raise UserError(
            "--first-layer gram under torchrun: the first layer is held by a number for each pair of examples, and no "
            "process has them all; use --first-layer direct, or start it without torchrun"
        )
    if config.log.prove:
        raise UserError(
            "--prove under torchrun: the gradient is a sum over all processes, and no process has all of which its "
            "lines are made; leave --prove out, or start it without torchrun"
        )
