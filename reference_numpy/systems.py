"""The systems of the notes, S1 to S25, to which formulas belong, and the modules in the order of the notes."""

from collections.abc import Mapping
from types import MappingProxyType

SYSTEMS: Mapping[str, str] = MappingProxyType(
    {
        "S1": "data and notation",
        "S2": "calculus warm-up",
        "S3": "computation graph",
        "S4": "logistic regression, one example",
        "S5": "logistic regression, m examples, explicit loops",
        "S6": "logistic regression, vectorised",
        "S7": "the absorbed-bias form",
        "S8": "squared-error loss, and why it is not used for classification",
        "S9": "likelihood",
        "S10": "vectorisation",
        "S11": "broadcasting",
        "S12": "activations and their derivatives",
        "S13": "shallow network, one example",
        "S14": "shallow network, vectorised",
        "S15": "why activations must be non-linear",
        "S16": "initialisation and symmetry",
        "S17": "deep L-layer network",
        "S18": "building blocks",
        "S19": "matrix dimensions",
        "S20": "why depth: circuits",
        "S21": "gradient descent and training",
        "S22": "hyper-parameters: momentum, mini-batches, regularisation",
        "S23": "housing price",
        "S24": "Lee's forms",
        "S25": "prediction",
    }
)

TOPICS = (
    "housing",
    "notation",
    "activations",
    "losses",
    "logistic",
    "calculus",
    "graph",
    "vectorization",
    "broadcasting",
    "shallow",
    "linearity",
    "initialization",
    "deep",
    "dimensions",
    "circuits",
    "blocks",
    "descent",
    "gram",
    "freivalds",
    "shards",
    "loops",
    "neuron",
    "prediction",
)
