"""The processes of a run: they agree on what happens next, fail together, and end when one of them is gone.

Torch carries all messages: gloo on the CPU, NCCL for the gradients on CUDA, with gloo for the rest. A process without
torchrun is `ALONE`, to which all of this is nothing.
"""

import os
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise
from typing import Any, TypeVar

from backproof.errors import UserError

from .interface import name_interface

V = TypeVar("V")
PATIENCE, LONGEST = 300, 10**6  # seconds
STARTED = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT", "TORCHELASTIC_RUN_ID")  # by torchrun

MANY = 10**6  # processes
TOLD = (
    ("RANK", 0, MANY),
    ("LOCAL_RANK", 0, MANY),
    ("WORLD_SIZE", 1, MANY),
    ("GROUP_WORLD_SIZE", 1, MANY),
    ("MASTER_PORT", 1, 65535),
)


class Lost(Exception):
    """Another process of the run is gone, or does not answer."""


@dataclass(frozen=True)
class Ranks:
    """This process among all; `shares` says how a batch is dealt out, in equal parts where it is empty."""

    rank: int = 0
    world: int = 1
    shares: tuple[int, ...] = ()
    patience: int = PATIENCE
    about: Mapping[str, Any] = field(default_factory=dict)  # what a run's config.json says of them
    group: Any = None  # torch's, for what is no gradient

    @property
    def leads(self) -> bool:
        """Whether this is the process that writes and prints."""
        return self.rank == 0

    @property
    def several(self) -> bool:
        """Whether torchrun started this process, be it only one."""
        return bool(self.about)

    @property
    def in_words(self) -> str:
        """What a headline says of the processes; nothing of one alone."""
        if not self.several:
            return ""
        dealt = f" in shares {' '.join(map(str, self.shares))}" if self.shares else ""
        return f", {self.world} processes{dealt} by {self.about['backend']} over {self.about['interface']}"

    def part(self, m: int) -> slice:
        """Return which of m examples are this process's."""
        return parts(m, self.shares or (1,) * self.world)[self.rank]

    def share(self, value: V) -> V:
        """Return what the first process has."""
        if not self.several:
            return value
        import torch.distributed as dist

        box = [value]
        dist.broadcast_object_list(box, src=0, group=self.group)
        return box[0]

    @contextmanager
    def together(self) -> Iterator[None]:
        """Raise the error of one process in all of them; the first one prints it."""
        if not self.several:
            yield
            return
        error: Exception | None = None
        try:
            yield
        except Lost:
            raise
        except Exception as raised:
            error = raised
        if errors := self._gathered(error):
            rank, first = errors[0]
            raise error or (first if rank == 0 else UserError(f"process {rank}: {first}"))

    def refuse_different(self, what: str, value: object) -> None:
        """Raise UserError where a process has another value than the first one."""
        if not self.several:
            return
        first = self.share(value)
        with self.together():
            if first != value:
                raise UserError(f"{what}: found {value}, where the first process has {first}; give all the same")

    def _gathered(self, error: Exception | None) -> list[tuple[int, Exception]]:
        import torch
        import torch.distributed as dist

        failed = torch.tensor(error is not None, dtype=torch.int32)
        dist.all_reduce(failed, dist.ReduceOp.MAX, group=self.group)
        if not failed:
            return []
        errors: list[Any] = [None] * self.world
        told = error if error is None or type(error).__module__.startswith("backproof.") else UserError(repr(error))
        dist.all_gather_object(errors, told, group=self.group)
        return [(rank, each) for rank, each in enumerate(errors) if each is not None]


ALONE = Ranks()


def parts(m: int, shares: Sequence[int]) -> list[slice]:
    """Cut m examples into consecutive parts, as large to each other as the shares are."""
    ends = [m * sum(shares[:r]) // sum(shares) for r in range(len(shares) + 1)]
    return [slice(first, end) for first, end in pairwise(ends)]


def by_torchrun(environment: Mapping[str, str]) -> bool:
    """Whether torchrun started this process."""
    return all(name in environment for name in STARTED)


def told_by_torchrun(environment: Mapping[str, str]) -> tuple[int, int, int]:
    """Return the number of this process, how many there are and on how many machines; UserError for nonsense."""
    numbers = {}
    for name, low, high in TOLD:
        text = environment.get(name, "")
        if not (text.isascii() and text.isdecimal() and low <= int(text[:10]) <= high):
            raise UserError(f"{name}={text!r:.100}: expected an integer from {low} to {high}, as torchrun sets it")
        numbers[name] = int(text)
    rank, world = numbers["RANK"], numbers["WORLD_SIZE"]
    if rank >= world:
        raise UserError(f"RANK={rank}: expected less than WORLD_SIZE={world}, as torchrun sets it")
    return rank, world, numbers["GROUP_WORLD_SIZE"]


@contextmanager
def joined(prepare: Callable[[], str], shares: tuple[int, ...] = (), patience: int = PATIENCE) -> Iterator[Ranks]:
    """Join the other processes that torchrun started; `prepare` returns the device.

    Raises UserError where they cannot be reached, and Lost as soon as one of them is gone or has been silent for
    `patience` seconds.
    """
    if not by_torchrun(os.environ):
        if shares:
            raise UserError(f"--shares {' '.join(map(str, shares))}: expected torchrun, which starts several processes")
        yield ALONE
        return
    rank, world, machines = told_by_torchrun(os.environ)
    if shares and (len(shares) != world or min(shares) < 0 or not any(shares)):
        raise UserError(
            f"--shares {' '.join(map(str, shares))}: expected {world} integers, one for each process, not all of them 0"
        )
    if not 1 <= patience <= LONGEST:
        raise UserError(f"--patience {patience}: expected seconds from 1 to {LONGEST}")
    before = signal.signal(signal.SIGTERM, _ended)
    import torch.distributed as dist

    try:
        with _explained(patience):
            backend = "nccl" if _cuda(prepare()) else "gloo"
            interface = name_interface(os.environ)
            limit = timedelta(seconds=patience)
            dist.init_process_group(backend, timeout=limit)
            group = dist.new_group(backend="gloo", timeout=limit) if backend == "nccl" else dist.group.WORLD
            about = {"number": world, "machines": machines, "backend": backend}
            yield Ranks(rank, world, shares, patience, about | {"interface": interface}, group)
        dist.destroy_process_group()
    finally:
        if signal.getsignal(signal.SIGTERM) is _ended:
            signal.signal(signal.SIGTERM, before)


def _cuda(device: str) -> bool:
    if device != "cuda":
        return False
    import torch

    place, found = int(os.environ["LOCAL_RANK"]), torch.cuda.device_count()
    if place >= found:
        raise UserError(f"--device cuda: process {place} on this machine finds {found} GPUs; start as many processes")
    torch.cuda.set_device(place)
    return True


def _ended(signal_number: int, frame: object) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # torchrun sends it again, and there is something to be said first
    raise Lost("torchrun ends it, as another process is gone")


@contextmanager
def _explained(patience: int) -> Iterator[None]:
    """Turn what torch raises when a message does not come through into Lost."""
    import torch.distributed as dist

    try:
        yield
    except RuntimeError as error:
        words = str(error).strip().splitlines() or [""]
        if not (isinstance(error, dist.DistError) or any(word in str(error) for word in ("gloo", "Gloo", "NCCL"))):
            raise
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        silent = "imed out" in str(error)
        why = f"another process has not answered for {patience} s" if silent else "another process is gone"
        raise Lost(f"{why} ({words[0][:200]})") from None
