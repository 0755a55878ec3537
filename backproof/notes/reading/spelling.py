"""One spelling for what notes spell in many ways: Unicode, spacing, sizes of brackets, code inside mathematics."""

import re

GREEK_WORDS = (
    "alpha beta gamma delta Delta epsilon zeta eta theta lambda mu nu pi rho sigma tau phi psi omega Omega ell"
)
GREEK = {sign: f"\\{word} " for sign, word in zip("αβγδΔεζηθλμνπρστφψωΩℓ", GREEK_WORDS.split(), strict=False)}
UNICODE = {
    "½": r"\frac{1}{2}",
    "‖": r"\|",
    "∥": r"\|",
    "∂": r"\partial ",
    "∇": r"\nabla ",
    "ᵀ": "^T",
    "⊤": "^T",
    "⊙": r"\odot ",
    "∘": r"\circ ",
    "⊗": r"\otimes ",
    "·": r"\cdot ",
    "⋅": r"\cdot ",
    "×": r"\times ",
    "−": "-",
    "²": "^2",
    "³": "^3",
    "Σ": r"\sum ",
    "∑": r"\sum ",
    "√": r"\sqrt",
    "ŷ": r"\hat{y}",
    "≤": r"\leq ",
    "≥": r"\geq ",
    "←": r"\leftarrow ",
    "→": r"\rightarrow ",
    "≈": r"\approx ",
    "∞": r"\infty ",
    "ᵢ": "_i",
    "ⱼ": "_j",
    "₁": "_1",
    "₂": "_2",
    "₃": "_3",
    **GREEK,
}
ARGUMENT = r"\{((?:[^{}]|\{[^{}]*\})*)\}"
CODE = {
    r"sum": r"\npsum",
    r"dot": r"\npdot",
    r"matmul": r"\npdot",
    r"exp": r"\npexp",
    r"log": r"\nplog",
    r"tanh": r"\tanh",
    r"maximum": r"\npmax",
    r"ones": r"\npones",
    r"zeros": r"\npzeros",
    r"power": r"\nppower",
    r"multiply": r"\npmultiply",
    r"square": r"\npsquare",
}
SAME = (
    (r"\\(?:begin|end)\s*\{(?:aligned|split|gathered|align|equation)\*?\}", " "),
    (r"(\\sum(?:_(?:\{[^{}]*\}|\w))?(?:\^(?:\{[^{}]*\}|\w))?)\s*-", r"\1 (-1) "),
    (r"\\partial\s*(\\?[A-Za-z]+)\s*/\s*\\partial\s*(\\?[A-Za-z]+)", r"\\frac{\\partial \1}{\\partial \2}"),
    (r"(?<![a-zA-Z\\])d\s*([LJ])\s*/\s*d\s*(\\?[A-Za-z]+)", r"\\frac{d \1}{d \2}"),
    (r"\\label\s*" + ARGUMENT, ""),
    (r"\\(?:nonumber|notag|displaystyle|textstyle|limits|nolimits|hfill|star|therefore|because)(?![a-zA-Z])", " "),
    (r"\\(?:big|Big|bigg|Bigg)[lr]?(?![a-zA-Z])", ""),
    (r"\\left\s*\.|\\right\s*\.", ""),
    (r"\\(?:left|right)(?![a-zA-Z])", ""),
    (r"\\(?:lVert|rVert|Vert|lvert\\lvert)(?![a-zA-Z])", r"\\|"),
    (r"\\(?:lvert|rvert|vert)(?![a-zA-Z])", "|"),
    (r"(?<!\\)\\[,;:!> ]|~|\\q?quad(?![a-zA-Z])", " "),
    (r"\\[dtc]frac(?![a-zA-Z])", r"\\frac"),
    (r"\\frac\s*([0-9a-zA-Z])\s*([0-9a-zA-Z])", r"\\frac{\1}{\2}"),
    (r"\\frac\s*([0-9a-zA-Z])\s*\{", r"\\frac{\1}{"),
    (r"\\frac\s*(\{[^{}]*\})\s*([0-9a-zA-Z])", r"\\frac\1{\2}"),
    (r"\\(?:textcolor|color)\s*\{\w+\}", ""),
    (r"\\(?:underset|overset)\s*\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}", ""),
    (r"\\(?:top|intercal|mathsf\s*\{T\}|mathrm\s*\{T\})(?![a-zA-Z])", "T"),
    (r"\^\s*\{\s*\\text(?:sf|rm)?\s*\{T\}\s*\}", "^T"),
    (r"\\(?:boldsymbol|mathbf|bm|mathbb)\s*\{\s*1\s*\}|\\mathbb\s*1|\\mathds\s*\{1\}", r"\\odotone "),
    (r"([A-Za-z]\w*)\.T(?![a-zA-Z])", r"\1^T"),
    (r"y\\?_hat", r"\\hat{y}"),
    (r"Y\\?_hat", r"\\hat{Y}"),
    (r"\\(?:mathcal|mathscr|ell)\s*\{?\s*L\s*\}?", "L"),
    (r"\\prime(?![a-zA-Z])", "'"),
    (r"\^\s*\{?\s*('+)\s*\}?", r"\1"),
    (r"\\colon(?![a-zA-Z])", ":"),
    (r"\\mbox(?![a-zA-Z])", r"\\text"),
    (r"\\mid(?![a-zA-Z])", "|"),
    (r"\\bullet(?![a-zA-Z])", r"\\odot "),
    (r"(?<!\\);", ","),
    (r"\\(?:ast)(?![a-zA-Z])", "*"),
    (r"\\bigl?\s*|\\bigr\s*", ""),
)
CONDITION = r"&\s*\\text\s*\{\s*(?:if\s|for\s|when\s)?\s*([A-Za-z]+(?:[- ][A-Za-z]+)*)\s*\}(?=\s*(?:\\\\|\\end))"
TEXTUAL = r"\\(?:text(?:bf|it|tt|rm)?|mathrm|operatorname|mathtt|mathit)\s*\{\s*"
WORDS = ("softmax", "ReLU", "relu", "tanh", "sigmoid", "exp", "log", "max", "min", "tr", "det")


def normal(tex: str) -> str:
    """Return the same formula in one spelling, for the grammar."""
    for sign, same in UNICODE.items():
        tex = tex.replace(sign, same)
    for word, same in CODE.items():
        spelt = rf"(?<![\\a-zA-Z])(?:np\s*(?:\.|\\cdot)?\s*)(?:{TEXTUAL}{word}\s*\}}|\\?{word}(?![a-zA-Z]))"
        tex = re.sub(rf"{TEXTUAL}np\s*\.?\s*{word}\s*\}}", same.replace("\\", "\\\\"), tex)
        tex = re.sub(spelt, same.replace("\\", "\\\\"), tex)
    for word in WORDS:
        same = {"sigmoid": r"\sigma", "ReLU": r"\relu"}.get(word, rf"\{word}")
        tex = re.sub(rf"{TEXTUAL}{word}\s*\}}", same.replace("\\", "\\\\") + " ", tex)
    tex = re.sub(r"(?<![\\a-zA-Z])(tanh|exp|log|ln|max|softmax)(?=\s*[({])", r"\\\1", tex)
    tex = re.sub(r"(?<![\\a-zA-Z.])sigmoid(?=\s*\()", r"\\sigma", tex)
    tex = re.sub(rf"{TEXTUAL}sum\s*\}}(?=\s*\()", r"\\npsum", tex)
    tex = re.sub(r"(?<![\\a-zA-Z.])sum(?=\s*\()", r"\\npsum", tex)
    tex = re.sub(r"\\(?:uparrow|downarrow|leftarrow)(?![a-zA-Z])", " ", tex)
    for _ in range(2):
        for pattern, same in SAME:
            tex = re.sub(pattern, same, tex)
    for keyword in ("axis", "keepdims"):
        tex = re.sub(rf"(?:{TEXTUAL})?{keyword}\s*\}}?\s*=\s*", rf"\\{keyword}=", tex)
    tex = re.sub(rf"(?<==)\s*(?:{TEXTUAL})?(True|T)\b\s*\}}?", r"\\w:True:", tex)
    tex = re.sub(r"(\\keepdims=\\w:True:)\s*\}", r"\1", tex)
    tex = re.sub(r"\\text\s*\{\s*(?:if|for|when|where|otherwise|else)\s*\}", " ", tex)
    tex = re.sub(CONDITION, lambda match: r"& \w:" + re.sub(r"\W+", "_", match.group(1)) + ":", tex)
    tex = re.sub(r"(\b[Pp]\s*\([^()|]*(?:\([^()]*\)[^()|]*)?)\|[^()]*(?:\([^()]*\)[^()]*)?\)", r"\1)", tex)
    tex = re.sub(r"\\text\s*\{\s*(?:LOG LOSS|LOSS|Loss|loss)\s*\}", "L", tex)
    tex = re.sub(r"\bP\s*\(\s*(?:\\text\s*\{[^{}]*\}|\\[lc]?dots)\s*\)", "P", tex)
    tex = _matrices(tex)
    tex = re.sub(r"(?<![\\a-zA-Z{_^])(d?)([WZA])(\d)(?![\d.])|(?<=[\d+])\s*()(b)(\d)(?![\d.])", _layered, tex)
    tex = re.sub(r"^\s*[a-z]\w*\s*:(?!=)", " ", tex)
    tex = re.sub(r"\\\|(.*?)\\\|", r"\\norm{\1}", tex)
    tex = re.sub(r"\|([^|]*)\|", r"\\abs{\1}", tex)
    tex = re.sub(r"learning\\?_rate", r"\\alpha ", tex)
    tex = re.sub(r"\\text(?:bf|it|rm)?\s*\{\s*([A-Za-z])\s*\}", r"\1", tex)
    tex = re.sub(r"\\(?:mathrm|operatorname|text|mathit)\s*\{\s*([A-Za-z]{2,})\s*\}", r"\\w:\1:", tex)
    tex = re.sub(r"\\text(?:bf|it|rm)?\s*\{[^{}]*\}", " ", tex)
    return re.sub(r"[.\s]+$", "", tex)


def _layered(match: re.Match[str]) -> str:
    """W2 and b2, as code has them, with their layer as an index."""
    d, letter, layer = (match.group(at) or match.group(at + 3) or "" for at in (1, 2, 3))
    return f" {d} {letter}^{{[{layer}]}}"


MATRIX = r"\[?\s*\\begin\s*\{([bpv]matrix|array)\}(?:\{[a-z|]*\})?(.*?)\\end\s*\{\1\}\s*\]?(?:_\{[^{}]*\})?"
DOTS = r"\\[clvd]?dots|\||\\\\|&|\\cdot\s*(?=\||$|&)|,|\\vdots"


def _matrices(tex: str) -> str:
    """Columns x^{(1)} ... x^{(m)} between brackets are all examples; a matrix of one entry is the entry."""

    def columns(match: re.Match[str]) -> str:
        inside = re.sub(DOTS, " ", match.group(match.lastindex or 1))
        inside = re.sub(r"\([a-z] *\\times *[a-z]\)", " ", inside)
        entries = re.findall(r"\\?[a-zA-Z]+(?:\{[a-zA-Z]\})?(?:\s*[\^_]\s*(?:\{[^{}]*\}|\w))*", inside)
        if not entries or re.sub(r"\s", "", inside) != "".join(re.sub(r"\s", "", entry) for entry in entries):
            return match.group()
        if len(entries) == 1 or len(set(entries)) == 1:
            return entries[0]
        numbers = [int(number) for entry in entries for number in re.findall(r"\((\d+)\)", entry)]
        if re.search(r"\^\{[^{}]*\([imN]\)\}", entries[-1]) and numbers == list(range(1, len(numbers) + 1)):
            columns = r"\npcols(" + re.sub(r"\([imN]\)\}", "(i)}", entries[-1]) + ")"
            is_column = r"\vdots" in match.group() and "&" not in match.group()
            return rf"{{{columns}}}^T" if is_column else columns
        return match.group()

    tex = re.sub(MATRIX, columns, tex, flags=re.S)
    return re.sub(r"\[()([^\[\]]*(?:\[\d\][^\[\]]*)*\\[lc]?dots[^\[\]]*(?:\[\d\][^\[\]]*)*)\]", columns, tex)
