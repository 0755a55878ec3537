"""All planted mistakes; importing this module registers them."""

from . import mistakes_of_layers, mistakes_of_networks
from .planted import MISTAKES, Mistake

__all__ = ["MISTAKES", "Mistake", "mistakes_of_layers", "mistakes_of_networks"]
