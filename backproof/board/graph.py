"""The network as a graph, in the notes' symbols and numbers: TensorBoard would show a traced module in torch's."""

from collections.abc import Iterator
from itertools import pairwise

from tensorboard.compat.proto.attr_value_pb2 import AttrValue
from tensorboard.compat.proto.graph_pb2 import GraphDef
from tensorboard.compat.proto.node_def_pb2 import NodeDef
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto

from backproof.training.options import Config
from shapes.network import hidden_layers


def graph(config: Config, n_x: int, m: int) -> GraphDef:
    """Return the graph of a network: from A0 = X through a group for each layer to the cost J."""
    return GraphDef(node=list(_nodes(config, n_x, m)))


def _nodes(config: Config, n_x: int, m: int) -> Iterator[NodeDef]:
    layers = [n_x, *config.network.layers, 1]
    L, A = len(layers) - 1, "A0"
    names = (*hidden_layers(config.head.activation, L), config.network.output)
    yield _node(A, "X, the examples", n_x, m)
    for l, (n_prev, n) in enumerate(pairwise(layers), start=1):
        W, b, Z = (f"layer_{l}/{symbol}{l}" for symbol in "WbZ")
        yield _node(W, "parameter", n, n_prev)
        yield _node(b, "parameter", n, 1)
        yield _node(Z, "W A + b", n, m, W, A, b)
        yield _node(f"layer_{l}/A{l}", names[l - 1], n, m, Z)
        A = f"layer_{l}/A{l}"
    weights = [f"layer_{l}/W{l}" for l in range(1, L + 1)] if config.descent.l2 else []
    compared = f"layer_{L}/Z{L}" if config.network.loss == "cross_entropy" else A  # which is formed from the logits
    yield _node("Y", "the labels", layers[-1], m)
    yield _node("J", config.network.loss + " and L2" * bool(weights), 1, 1, compared, "Y", *weights)


def _node(name: str, op: str, rows: int, columns: int, *inputs: str) -> NodeDef:
    shape = TensorShapeProto(dim=[TensorShapeProto.Dim(size=n) for n in (rows, columns)])
    shapes = AttrValue(list=AttrValue.ListValue(shape=[shape]))
    return NodeDef(name=name, op=op, input=inputs, attr={"_output_shapes": shapes})
