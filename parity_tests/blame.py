"""Who is wrong where two disagree: a formula, its torch counterpart, the forward that it differentiates, or a witness.

A gradient is compared with two sides: torch's autograd through the torch counterpart, and the witnesses that
differentiate the reference's own forward. A formula that agrees with one side and not with the other is right, and
that other side is the odd one out; what agrees with neither is the odd one out itself. Where one side alone was asked,
nobody can tell.
"""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field

from .compare import Comparison, Verdict, worst

LIMIT = 4  # reasons shown of one formula
REFERENCE = ("numpy", "complex", "reference")  # who speaks for the reference's forward
ASKED = ("torch", "module", *REFERENCE)

Compared = tuple[int, str, Comparison]  # the number of the sample, with whom, and how


@dataclass
class Result:
    """The verdict on one formula: worst error over all samples, tensors and witnesses."""

    id: str
    topic: str
    witnesses: tuple[str, ...] = ()
    worst_error_u: float = 0.0
    verdict: Verdict = Verdict.AGREES
    reasons: list[str] = field(default_factory=list)
    compared: list[Compared] = field(default_factory=list, repr=False)
    _told: dict[tuple[str, str], list[str]] = field(default_factory=dict, repr=False)

    def add(self, sample: int, who: str, comparison: Comparison, context: str) -> None:
        """Take one comparison into account; what several witnesses say alike is one reason."""
        self.compared.append((sample, who, comparison))
        self.worst_error_u = max(self.worst_error_u, comparison.error_u)
        self.verdict = worst((self.verdict, comparison.verdict))
        if comparison.verdict is not Verdict.AGREES:
            self._told.setdefault((context, comparison.reason), []).append(who)
            self.reasons = [_reason(whos, *what) for what, whos in self._told.items()]

    def explain(self, limit: int = LIMIT) -> str:
        """Return the verdict and the first reasons for it, a line each."""
        more = len(self.reasons) - limit
        return "\n  ".join(
            [f"{self.id}: {self.verdict}", *self.reasons[:limit], *([f"and {more} more"] if more > 0 else [])]
        )


def _reason(whos: Iterable[str], context: str, reason: str) -> str:
    witnesses = [who for who in whos if who in ASKED]
    return f"against {listed(witnesses)}, {context}: {reason}" if witnesses else f"{context}: {reason}"


def listed(words: list[str]) -> str:
    """Return words as a sentence lists them."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def name_the_odd_one_out(forward: Result, others: list[Result], callers: Container[str] = ()) -> list[Result]:
    """Return the results with the culprit of every disagreement as its first reason.

    Who is wrong disagrees; what is right, and only compared with it, is inconclusive, and so is one of the `callers`
    of a forward that disagrees.
    """
    settled = False
    for result in others:
        if result.verdict is not Verdict.DISAGREES:
            continue
        if forward.verdict is Verdict.DISAGREES and result.id in callers:
            result.verdict = Verdict.INCONCLUSIVE
            result.reasons.insert(0, f"{result.id} calls {forward.id}, which disagrees")
            continue
        culprit = culprit_of(result.compared)
        sentence = _sentence(culprit, forward.id, result)
        result.reasons.insert(0, sentence)
        if culprit in ("reference", "torch"):
            result.verdict = Verdict.INCONCLUSIVE
            forward.verdict = Verdict.DISAGREES
            if not settled:
                forward.reasons.insert(0, sentence)
            settled = True
    if forward.verdict is Verdict.DISAGREES and not settled:
        forward.reasons.insert(0, _sentence(culprit_of(forward.compared), forward.id, forward))
    return [forward, *others]


def culprit_of(compared: list[Compared]) -> str | None:
    """Return who is wrong: `itself`, `torch`, `reference`, one witness; None where nobody can tell."""
    by_quantity: dict[tuple[int, str], dict[str, Verdict]] = {}
    for sample, who, comparison in compared:
        verdicts = by_quantity.setdefault((sample, comparison.name), {})
        verdicts[who] = worst((verdicts.get(who, Verdict.AGREES), comparison.verdict))
    found = {_culprit_on(verdicts) for verdicts in by_quantity.values()}
    decisive = found - {"", None}
    if "itself" in decisive:
        return "itself"
    return decisive.pop() if len(decisive) == 1 else None


def _culprit_on(verdicts: Mapping[str, Verdict]) -> str | None:
    """Return the culprit for one quantity of one sample; an empty word where all agree."""
    module, verdicts = verdicts.get("module"), {who: v for who, v in verdicts.items() if who != "module"}
    culprit = _culprit_beside_the_module(verdicts)
    if module is Verdict.DISAGREES:
        return {"": "module", None: "itself"}.get(culprit, culprit)
    return "torch" if culprit is None and module is Verdict.AGREES and "torch" in verdicts else culprit


def _culprit_beside_the_module(verdicts: Mapping[str, Verdict]) -> str | None:
    wrong = {who for who, verdict in verdicts.items() if verdict is Verdict.DISAGREES}
    right = {who for who, verdict in verdicts.items() if verdict is Verdict.AGREES}
    against, beside = wrong & set(REFERENCE), right & set(REFERENCE)
    if wrong - {"torch", *REFERENCE}:
        return "itself"
    if against and beside:
        return against.pop() if len(against) == 1 and "torch" in right else None
    if "torch" in wrong and against:
        return "itself"
    if "torch" in wrong:
        return "torch" if beside else None
    if against:
        return "reference" if "torch" in right else None
    return ""


def _sentence(culprit: str | None, forward: str, result: Result) -> str:
    asked = [who for who in dict.fromkeys(who for _, who, _ in result.compared) if who in ASKED]
    wrong = {who for _, who, comparison in result.compared if comparison.verdict is Verdict.DISAGREES}
    if culprit == "itself":
        against = [who for who in asked if who in wrong]
        return f"{result.id} is the odd one out" + (f": it disagrees with {listed(against)}" if against else "")
    if culprit == "torch":
        beside = [who for who in asked if who in REFERENCE]
        agree = "agree" if len(beside) > 1 else "agrees"
        return f"the torch counterpart of {forward} is the odd one out: {listed(beside)} {agree} with {result.id}"
    if culprit == "reference":
        return f"{forward} is the odd one out: its torch counterpart agrees with {result.id}"
    if culprit == "module":
        return f"the torch.nn module of {forward} is the odd one out: the others agree with {result.id}"
    if culprit is not None:
        return f"the witness {culprit!r} of {forward} is the odd one out: the others agree with {result.id}"
    if result.id == forward:
        return f"{forward} and its torch counterpart compute different things: nobody can tell which of them is wrong"
    return (
        f"{result.id} differs from the torch counterpart of {forward} where no other witness is asked: "
        "nobody can tell which of them is wrong"
    )
