"""What TensorBoard reads of a run."""

import json
from pathlib import Path
from typing import Any

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

ALL = {
    "scalars": 0,
    "images": 0,
    "histograms": 0,
    "tensors": 0,
}


def read(folder: Path) -> EventAccumulator:
    """All events of a run."""
    events = EventAccumulator(str(folder), size_guidance=ALL)
    events.Reload()
    return events


def lines_of(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def text_of(events: EventAccumulator, tag: str) -> str:
    return events.Tensors(f"text/{tag}/text_summary")[-1].tensor_proto.string_val[0].decode()


def hparams_of(events: EventAccumulator, tag: str) -> Any:
    content = events.SummaryMetadata(f"_hparams_/{tag}").plugin_data.content
    return HParamsPluginData.FromString(content)
