"""Equations in plain Unicode, for lists and for TensorBoard, which shows no LaTeX: W^{[l]T} as W^[l]ᵀ."""

import re
import unicodedata
from collections.abc import Iterator

TOKENS = re.compile(r"\\[A-Za-z]+|\\.|.")
PAIRS = r"""
sum ∑ partial ∂ sigma σ lambda λ alpha α beta β theta θ varepsilon ε to → dots … cdots ⋯ cdot · times × oplus ⊕ in ∈
prod ∏ circ ∘ odot ⊙ cup ∪ cap ∩ subset ⊂ forall ∀ infty ∞ neq ≠ approx ≈ nabla ∇ mu μ eta η gamma γ delta δ epsilon ε
phi φ pi π rho ρ tau τ ell ℓ ge ≥ le ≤ gg ≫ ll ≪ lfloor ⌊ rfloor ⌋ ldots … mapsto ↦ Rightarrow ⇒ notin ∉ mid | leq ≤
geq ≥ neg ¬ wedge ∧ bigwedge ⋀ bigvee ⋁ prime ′ lVert ‖ rVert ‖ lceil ⌈ rceil ⌉ langle ⟨ rangle ⟩ { { } }
"""
SYMBOLS = dict(re.findall(r"(\S+)\s(\S+)", PAIRS)) | {"\\": "; "}
SYMBOLS |= dict.fromkeys(("left", "right", "textstyle"), "") | dict.fromkeys((",", ";", "quad"), " ")
AS_THEY_ARE = {"text", "mathrm", "mathbf", "mathrel"}
RAISED = str.maketrans("0123456789+-=()ilmnTLjkyzt", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁱˡᵐⁿᵀᴸʲᵏʸᶻᵗ")
LOWERED = str.maketrans("0123456789+-=()aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ")
INDEX = re.compile(r"((?:\[[^]]*\]|\{[^}]*\})*)(′?)(.*)")  # of a layer, a mini-batch; then what can be raised
LETTERS = 2  # that are an index, as in A_ij; more are a word
MOVED = "".join(map(chr, {*RAISED.values(), *LOWERED.values()}))
AFTER_MARK = {after: chr(before) for to in (RAISED, LOWERED) for before, after in to.items()}
RUNS = re.compile("|".join(f"[{''.join(map(chr, to.values()))}]+" for to in (RAISED, LOWERED)))
ALONE = re.compile(rf"∂?\w(_[a-z]+)?(\^\[[^]]*\])?[{re.escape(MOVED)}]*|√\([^()]*\)")


def as_text(latex: str) -> str:
    """Return an equation in plain Unicode; a command that is not known here is written by its name."""
    text = re.sub(r"\s+", " ", _read(iter(TOKENS.findall(latex)))).strip()
    return re.sub(r"(?<=[\[(]) | (?=[\]),;]|:(?!=))|(?<=∂) |(?<=∂²) ", "", text)


def as_typed(text: str) -> str:
    """Return an equation in plain Unicode as people type it: x⁽ⁱ⁾ as x^(i), W^[2]ᵀ as W^[2]T, e⁻ᶻ as e^(-z)."""

    def typed(match: re.Match[str]) -> str:
        moved = match.group()
        index = "".join(AFTER_MARK[ord(character)] for character in moved)
        mark = "^" if ord(moved[0]) in RAISED.values() else "_"
        return mark + (index if index.isalnum() or re.fullmatch(r"\([^()]*\)", index) else f"({index})")

    return RUNS.sub(typed, text).replace("]^", "]")


def _read(tokens: Iterator[str], end: str = "") -> str:
    """Read up to the end of a group."""
    parts = []
    for token in tokens:
        if token == end:
            break
        parts.append(_part(token, tokens))
    return "".join(parts)


def _part(token: str, tokens: Iterator[str]) -> str:
    if token == "{":
        return _read(tokens, "}")
    if token == "^":
        index, prime, rest = INDEX.fullmatch(_group(tokens)).groups()  # type: ignore[union-attr]
        return f"{'^' if index else ''}{index}{prime}{_moved(rest, RAISED, '^')}"
    if token == "_":
        return _moved(_group(tokens), LOWERED, "_")
    if token == "&":
        return " "
    return _command(token[1:], tokens) if token[0] == "\\" else token


def _group(tokens: Iterator[str]) -> str:
    return _part(next(token for token in tokens if token != " "), tokens)


def _command(name: str, tokens: Iterator[str]) -> str:
    if name in ("frac", "tfrac"):
        above, below = (_group(tokens).replace("∂ ", "∂").replace("∂² ", "∂²") for _ in range(2))
        return f"{_in_parentheses(above, ' ' not in above)}/{_in_parentheses(below, bool(ALONE.fullmatch(below)))} "
    if name == "sqrt":
        return f"√({_group(tokens)})"
    if name == "hat":
        return unicodedata.normalize("NFC", f"{_group(tokens)}\u0302")
    if name in ("begin", "end"):
        around = "{}" if _group(tokens) == "cases" else "[]"
        return around[name == "end"]
    if name == "mathbb":
        return unicodedata.lookup(f"DOUBLE-STRUCK CAPITAL {_group(tokens)}")
    if name in AS_THEY_ARE:
        return _group(tokens)
    return SYMBOLS.get(name, name)


def _in_parentheses(text: str, is_simple: bool) -> str:
    return text if is_simple else f"({text})"


def _moved(text: str, to: dict[int, int], mark: str) -> str:
    """Write text raised or lowered, or in parentheses after a mark where Unicode has not all of it."""
    close = text.replace(" ", "")
    if text.isalpha() and len(text) > LETTERS:
        return mark + text  # m_train
    if all(ord(character) in to for character in close):
        return close.translate(to)
    return f"{mark}{text}" if len(text) == 1 else f"{mark}({text})"
