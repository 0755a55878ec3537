"""The convention that a file follows, in words."""

import numpy as np

from .judge import Story
from .mean.compare import Claim
from .settle.constants import constant_of

NUMBER = "{:.4g}"


def story_of(story: Story) -> str:
    """Say in which convention the derivatives are right: those of the summed loss, those of the cost, or a multiple."""
    claims = [c for v in story.verdicts for c in v.claims if c.is_right and c.truth is not None and np.any(c.truth)]
    return _of_derivation(story, claims) if story.is_exact else _of_program(story, claims)


def _of_derivation(story: Story, claims: list[Claim]) -> str:
    names = [c.event.name for c in claims if c.has_conventions and c.multiple == 1.0]
    if story.convention != "summed" and names:
        name = names[0]
        return f"{name} is dJ/{name} itself, 1/m of J included"
    return ""


def _of_program(story: Story, claims: list[Claim]) -> str:
    told = []
    gradients = [c for c in claims if c.of_parameter and c.step is None]
    steps = [c for c in claims if c.of_parameter and c.step is not None]
    common = constant_of(gradients)
    if common is not None and abs(common - 1) > 1e-9:
        told.append(f"your gradients are {NUMBER.format(common)} times dJ/dP, the same for all parameters: consistent")
    step = constant_of(steps)
    if step is not None:
        told.append(f"your steps are {NUMBER.format(step)} times dJ/dP, the same for all parameters: consistent")
    return "; ".join(told)
