"""What a name says about a derivative: of which value it may be the derivative, by the ways in which people write it.

A name is a hint. It is never the reason for a verdict where values say something else.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from ..record.ledger import last_of, written

COSTS = r"(?:J|L|E|C|loss|Loss|LOSS|cost|Cost|err|error|l|j|nll|obj)"
OF = (
    rf"d{COSTS}_?d_?(?P<V>\w+)",  # dL_dW, dJdW, dloss_dW
    rf"d_?{COSTS}_(?:d_?)?(?P<V>\w+)",  # d_loss_d_W, dL_W
    r"(?:grad|gradient|nabla|delta|del|bar|adj|g|grad_loss|gradient_of|deriv|derivative)_(?:wrt_|of_|loss_wrt_)?(?P<V>\w+)",
    r"(?:D|d|Δ|delta|change|change_in|update|step)_(?P<V>\w+)",  # D_W, d_W
    r"(?P<V>\w+?)_(?:grad|gradient|bar|delta|update|deriv|derivative|adj|error_term|grads)",  # W_grad, w_bar
    r"(?:grad|Grad|nabla|delta|Delta)(?P<V>[A-Z]\w*)",  # gradW
    r"D(?P<V>[a-z]\w*)",  # Dw
    r"d(?P<V>[^\W\d_]\w*)",  # dW, dθ
    r"g(?P<V>[A-Z]\w*)",  # gW
)
PATTERNS = tuple(re.compile(rf"{pattern}\Z") for pattern in OF)
CONTAINERS = re.compile(r"(grad|gradient|nabla|delta|deriv|d_?w|d_?b|diff|change|update)", re.IGNORECASE)
STRICT = re.compile(rf"(?:d{COSTS}_?d_?\w|d[^\W\d_]|grad_?[A-Z]\w*|\w+_grad\Z|\w+_bar\Z)")
AVERAGE = re.compile(
    r"(?:[vVmMsS]|(?:vel|mom|avg|average|running|ema)\w*|[vVmMsS]_?d[WwBb]\d*|v_?[WwBb]\d*|\w+_prev(?:ious)?)\Z"
)
COMMON = re.compile(
    r"\A(data\w*|df|dim|dims|dist|distance|d|dt|dot|den|denom|dtype|depth|debug|done|double|dict|dropout|"
    r"decay|degree|diag|dist\w*|dimension\w*|delta_?t|diff\w*|gamma|grid|group\w*|update|step|div\w*|dev\w*|dummy|"
    r"dense|density|detector|det|decoder\w*|draw|dx_dt|domain|down\w*|doc\w*|digits?)\Z"
)
NUMERIC = re.compile(
    r"approx|numer|num_?grad|(?:\A|_)(?:num|fd|finite|check)(?:_|\Z)", re.IGNORECASE
)  # of finite differences
SURE = re.compile(r"(?:grad|gradient|nabla)_?[A-Za-z]|\w+_(?:grad|gradient)s?\Z")
COST = re.compile(
    r"\A(?:J\w{0,2}|L|E|C|(?:total_?|avg_?|mean_?|train_?|data_?|fake_?|my_?)?(?:loss|cost|error|err|objective|nll|mse|energy)"
    r"(?:es|s)?(?:_?(?:value|val|fn|func|function|total|sum|mean|[a-z]{1,3}|\d))?|Ei|obj|loss_\w+|cost_\w+|\w+_(?:loss|cost)|"
    r"(?:compute|calc|calculate|get)_\w*(?:loss|cost)\w*|cross_entropy\w*|lossfunc)\Z",
    re.IGNORECASE,
)
COST_WORDS = re.compile(
    r"(?:_|\A)(?:loss|cost|objective|mse|rmse|sse|rss|nll|bce|squared_error|cross_entropy)s?(?:_(?:fn|func|function|value))?\Z"
)
CAMEL = re.compile(r"(?<=[a-z\d])(?=[A-Z])")
SUFFIX = re.compile(r"_(?:final|total|sum|new|tmp|temp|all|acc|mean|avg|i|t|batch|\d+)\Z")


@lru_cache(maxsize=4096)
def variables(name: str) -> tuple[str, ...]:
    """The names of which `name` may be the derivative, the likeliest first; empty where it does not look like one."""
    base, bracket, index = name.partition("[")
    index = bracket + index
    if COMMON.match(base) or NUMERIC.search(base):
        return ()
    found: list[str] = []
    for pattern in PATTERNS:
        match = pattern.match(base)
        if match:
            found.extend(_spellings(match["V"], index))
    return tuple(dict.fromkeys(found))


def _spellings(V: str, index: str) -> Iterator[str]:
    yield V + index
    shorter = SUFFIX.sub("", V)
    if shorter != V:
        yield shorter + index
    if index and V.endswith("s"):
        yield V[:-1] + index
    for full, short in (("weights", "w"), ("biases", "b"), ("bias", "b")):
        if V.lower().rstrip("s") in (short, full.rstrip("s")):
            yield full + index
            yield short + index
            yield short.upper() + index


def of_entry(container: str, key: str) -> tuple[str, ...]:
    """The names of which an entry of a container may be the derivative: grads["W"], grads["dW"], dZ["3"]."""
    found = variables(key)
    if found and re.match(r"d[^\W\d_]", key):
        return found
    base = last_of(container)
    beside = tuple(written(V, key) for V in variables(base))
    if CONTAINERS.search(base):
        return (*beside, key, *found)
    return (*beside, *found)


def is_average(name: str) -> bool:
    """Whether a variable or a container holds running averages of derivatives, as momentum does."""
    return AVERAGE.match(name.rpartition(".")[2]) is not None


def is_strict(name: str, container: str) -> bool:
    """Whether a name can mean one derivative only, as dW or dL_dW do; l2_delta may mean that by any value near l2."""
    base = last_of(container)
    return any(STRICT.match(word) for word in (name, base)) or CONTAINERS.search(container) is not None


def is_sure(name: str) -> bool:
    """Whether a name says that its value is a derivative, if not by what: grad_outside_vecs, w_gradient."""
    return SURE.match(name) is not None


def is_cost(name: str) -> bool:
    """Whether a value of this name may be the cost."""
    return COST.match(name) is not None or COST_WORDS.search(_in_words(name)) is not None


def _in_words(name: str) -> str:
    """A name in small letters, its words apart: compute_cost for computeCost."""
    return CAMEL.sub("_", name).lower()
