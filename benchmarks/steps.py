"""A step of training: over its floor, and over those of the peers."""

import time

import numpy as np

from .cases import CATS, NETWORKS, TINY, WIDE, Case, drawn, engine, numpy_floor, torch_floor
from .measure import Contestant, Ratio, in_turns, one_thread
from .peers import PEERS, available, jax_products, torch_loop
from .tables import Bars, Claim, Effort, Table, at_least, at_most, benchmark

FLOOR_AND_ENGINES = {
    "NumPy's products": numpy_floor,
    "torch's products": torch_floor,
    "by hand": lambda case, data: engine(case, "numpy", data),
    "by torch": lambda case, data: engine(case, "torch", data),
}
VARIANTS = [
    {"dtype": dtype, "momentum": momentum, "batch_size": batch_size}
    for dtype in ("float64", "float32")
    for momentum in (0.0, 0.9)
    for batch_size in (None, 64)
]


def label(case: Case) -> str:
    """Return a case in words."""
    words = [str(case), case.dtype]
    words += [f"momentum {case.momentum}"] if case.momentum else []
    words += [f"batches of {case.batch_size}"] if case.batch_size else []
    return ", ".join(words)


@benchmark
def floor(effort: Effort) -> Table:
    """Each engine over the bare products of its own library, in every variant of every network."""
    cases = [case._replace(**variant) for case in NETWORKS for variant in VARIANTS]  # type: ignore[arg-type]
    if effort.quick:
        cases = [case for case in cases if not case.momentum and not case.batch_size and case.dtype == "float64"]
    by_hand, by_torch, loops, again, rows = {}, {}, {}, {}, []
    for case in cases:
        data = drawn(case)
        makers = FLOOR_AND_ENGINES | {
            "torch loop": torch_loop,
            "again": torch_loop,
            "textbook": PEERS["textbook NumPy"],
        }
        with one_thread():
            seconds = in_turns({name: make(case, data) for name, make in makers.items()}, effort.turns)
        by_hand[label(case)] = Ratio.of(seconds["by hand"], seconds["NumPy's products"])
        by_torch[label(case)] = Ratio.of(seconds["by torch"], seconds["torch's products"])
        loops[label(case)] = Ratio.of(seconds["torch loop"], seconds["by torch"])
        again[label(case)] = Ratio.of(seconds["torch loop"], seconds["again"])
        best = Ratio.of(seconds["torch loop"], np.minimum(seconds["by hand"], seconds["by torch"]))
        book = Ratio.of(seconds["textbook"], seconds["by hand"])
        ratios = (by_hand[label(case)], by_torch[label(case)], loops[label(case)], best, book)
        rows.append((label(case), *map(str, ratios)))
    full = [case for case in cases if not case.batch_size]
    large = {label(case): by_hand[label(case)] for case in full if case.layers != TINY.layers}
    wide = {label(case): by_torch[label(case)] for case in full if case.layers == WIDE.layers}
    cats = {label(case): by_torch[label(case)] for case in full if case.layers in [cat.layers for cat in CATS]}
    return Table(
        "A step over its floor",
        "The floor is what no implementation can leave out: of each layer the products W A and dZ A.T, and W.T dZ of "
        "all but the first, by the same library with the same threads (one). The torch loop is that of its tutorials; "
        "the best is the faster of both engines. A mini-batch is copied out of the set, which the floor does not do.",
        (
            "network",
            "by hand / floor",
            "by torch / floor",
            "torch loop / by torch",
            "torch loop / best engine",
            "textbook / by hand",
        ),
        rows,
        Bars(
            "step / floor, full batch",
            [(name, {"by hand": by_hand[name], "by torch": by_torch[name]}) for name in map(label, full)],
        ),
        (
            at_most(large, "NumPy engine, step / floor, large nets, full batch", 1.15, LARGE),
            at_most(wide, "torch engine, step / floor, 784-512-512-1, full batch", 1.15, WIDE_TORCH),
            at_most(cats, "torch engine, step / floor, the cats, full batch", 1.4, CATS_TORCH),
            _never_slower(loops, again),
        ),
    )


LARGE = "what is left beside the products are passes over the parameters, three without momentum and five with it"
WIDE_TORCH = "what is left are activations, their slopes and the update, each a pass over its array"
CATS_TORCH = (
    "the product of one unit takes 0.1 ms in float32, and autograd, the module and the update take 80 us whatever the "
    "size: see where the time goes"
)


def _never_slower(loops: dict[str, Ratio], again: dict[str, Ratio]) -> Claim:
    """Claim that the engine is no slower than the loop, as far as the loop can be told from itself."""
    itself = min(ratio.median for ratio in again.values())
    claim = at_least(loops, "torch loop / torch engine, everywhere", min(1.0, itself), "")
    slower = "; ".join(f"{where} {ratio}" for where, ratio in loops.items() if ratio.median < itself)
    return claim._replace(
        reach="never slower", measured=f"{claim.measured}; the loop over itself {itself:.3g} at worst", why=slower
    )


@benchmark
def peers(effort: Effort) -> Table:
    """Every peer over the engines."""
    found = available()
    rows, over_torch = [], {}
    textbook, bound, small, pictured = {}, {}, {}, []
    products: dict[str, float] = {}  # of JAX over those of torch
    cases = [case._replace(dtype=dtype) for case in NETWORKS for dtype in ("float64", "float32")]
    for case in cases:
        if effort.quick and (case.dtype == "float32" or case.layers == WIDE.layers):
            continue
        data = drawn(case)
        makers = {name: maker for name, maker in found.items() if not (effort.quick and name == "torch.compile")}
        contestants: dict[str, Contestant] = {
            name: make(case, data) for name, make in (FLOOR_AND_ENGINES | makers).items() if name != "torch's products"
        }
        if "JAX, jitted" in found:
            contestants["JAX's products"] = jax_products(case, data)
            contestants["torch's products"] = torch_floor(case, data)
        with one_thread():
            seconds = in_turns(contestants, effort.turns)
        ratios = {name: Ratio.of(seconds[name], seconds["by hand"]) for name in seconds if name != "by hand"}
        if "JAX, jitted" in found:
            products[label(case)] = Ratio.of(seconds["JAX's products"], seconds["torch's products"]).median
        rows.append((label(case), *(str(ratios.get(name, "")) for name in ("by torch", *PEERS))))
        pictured.append((label(case), {name: ratio for name, ratio in ratios.items() if name in PEERS}))
        for name in ("scikit-learn", "JAX, jitted"):
            if name in seconds:
                over_torch[f"{label(case)}, {name}"] = Ratio.of(seconds[name], seconds["by torch"])
        if case.layers in [cat.layers for cat in CATS]:
            textbook[label(case)] = ratios["textbook NumPy"]
            bound[label(case)] = Ratio.of(seconds["textbook NumPy"], seconds["NumPy's products"])
        if case.layers == TINY.layers:
            best = np.minimum(seconds["by hand"], seconds["by torch"])
            small[label(case)] = Ratio.of(seconds["torch loop"], best)
    others = "; ".join(f"{where} {ratio:.2f}" for where, ratio in products.items())
    why = WHY_SLOWER | {"JAX, jitted": f"{WHY_SLOWER['JAX, jitted']} {others}"}
    bounds = "; ".join(f"{where} {ratio.median:.2f}" for where, ratio in bound.items())
    return Table(
        "Peers",
        "A step of each over the step of the NumPy engine, one thread, full batch, no momentum: above 1 the engine is "
        "faster. All start from the same parameters and give the same costs, but for scikit-learn, whose fit draws its "
        "own start. JAX compiles forward, backward and update into one program.",
        ("network", "our torch engine", *PEERS),
        rows,
        Bars("a step of each peer / a step by hand", pictured),
        (
            at_least(textbook, "textbook loop / NumPy engine, the cats", 2.0, f"{TEXTBOOK} {bounds}"),
            at_least(small, "torch loop / best engine, [2, 4, 1]", 5.0, SMALL),
            *(_not_slower(over_torch, name, why[name]) for name in ("scikit-learn", "JAX, jitted") if name in found),
        ),
    )


def _not_slower(over_torch: dict[str, Ratio], name: str, why: str) -> Claim:
    ratios = {where.removesuffix(f", {name}"): ratio for where, ratio in over_torch.items() if where.endswith(name)}
    claim = at_least(ratios, f"{name} / torch engine", 1.0, why)
    slower = [f"{where} {ratio.median:.2f}" for where, ratio in ratios.items() if ratio.median < 1]
    return claim._replace(why=f"{why} (slower on {'; '.join(slower)})")


TEXTBOOK = (
    "no direct step can be faster than its products, and the time of the textbook loop over that of the bare products "
    "is"
)
SMALL = (
    "a step of 17 multiplications an example is some forty calls of NumPy of half a microsecond each; the torch loop "
    "is as it is, so the ratio moves with the processor"
)
WHY_SLOWER = {
    "scikit-learn": "its products are NumPy's, which on this processor are faster than torch's; the NumPy engine is "
    "the one to use here",
    "JAX, jitted": "XLA runs the whole step as one program, where torch asks for each operation by itself, and its "
    "products are faster on this processor: the bare products by JAX over those by torch are",
}


@benchmark
def all_threads(effort: Effort) -> Table:
    """The same with as many threads as there are cores."""
    rows, pictured = [], []
    for case in NETWORKS if not effort.quick else (CATS[0], TINY):
        data = drawn(case)
        makers = FLOOR_AND_ENGINES | {"textbook NumPy": PEERS["textbook NumPy"], "torch loop": torch_loop}
        contestants = {name: make(case, data) for name, make in makers.items()}
        ratios = {}
        for above, below in (
            ("by hand", "NumPy's products"),
            ("by torch", "torch's products"),
            ("textbook NumPy", "by hand"),
            ("torch loop", "by torch"),
        ):  # by pairs of one library: the threads of two spin while they wait for each other
            seconds = in_turns({name: contestants[name] for name in (above, below)}, effort.turns, time.perf_counter)
            ratios[f"{above} / {below}"] = Ratio.of(seconds[above], seconds[below])
        rows.append((label(case), *map(str, ratios.values())))
        pictured.append((label(case), ratios))
    return Table(
        "All threads",
        "As many threads as cores, by the wall clock: on a machine with other work these repeat badly.",
        ("network", *ratios),
        rows,
        Bars("all threads", pictured),
    )
