"""The page with a verdict beside each formula, as one file that needs nothing else: formulas as MathML."""

import html
import re
from pathlib import Path

from latex2mathml.converter import convert

from backproof.files import write_atomically

from .report import NotesReport, Statement

STYLE = """
:root { color-scheme: light; font: 17px/1.55 Georgia, "Times New Roman", serif; }
body { max-width: 46rem; margin: 2.5rem auto; padding: 0 1.2rem; color: #1b1f24; background: #fff; }
h1 { font-size: 1.5rem; margin: 0 0 .3rem; } .counts { color: #57606a; margin: 0 0 1.6rem; }
.text { white-space: pre-wrap; margin: .7rem 0; overflow-wrap: anywhere; }
.statement { border-left: 4px solid #d0d7de; padding: .35rem .9rem; margin: .35rem 0; break-inside: avoid; }
.row { display: flex; gap: 1rem; align-items: baseline; } .row math, .row code { margin-right: auto; min-width: 0; }
.row math, .fix math { overflow-x: auto; overflow-y: hidden; padding: .15em 0; }
math { font-family: "Latin Modern Math", "STIX Two Math", "Cambria Math", "DejaVu Math TeX Gyre", math, serif; }
.line { color: #8c959f; font: 12px ui-monospace, monospace; min-width: 2.2rem; }
.mark { font: 600 12px/1.6 system-ui, sans-serif; white-space: nowrap; color: #57606a; }
.right { border-color: #2da44e; } .right .mark { color: #1a7f37; }
.wrong { border-color: #cf222e; background: #fff5f5; } .wrong .mark { color: #cf222e; }
.cause { color: #a40e26; font-size: .92rem; } .why { color: #57606a; font-size: .88rem; }
.fix { margin-top: .2rem; } .fix span { font: 600 12px system-ui, sans-serif; color: #1a7f37; margin-right: .6rem; }
code { font: 13px ui-monospace, monospace; }
@media print { body { margin: 0; max-width: none; font-size: 11pt; } .wrong { background: none; }
  .statement { print-color-adjust: exact; -webkit-print-color-adjust: exact; } .wrong { border-left-style: double; }
  .text { orphans: 2; widows: 2; } .row math, .fix math { overflow: visible; } .cause { break-before: avoid; } }
@page { margin: 16mm 14mm; }
"""

WIDTH = 60  # of a line, in letters; a longer formula is set smaller
MARKDOWN = (
    (r"^#+ (.*)$", r"<b>\1</b>"),
    (r"\*\*([^*\n]+)\*\*", r"<b>\1</b>"),
    (r"(?<![\w*])\*([^*\n]+)\*(?![\w*])", r"<em>\1</em>"),
    (r"~~([^~\n]+)~~", r"<s>\1</s>"),
    (r"`([^`\n]+)`", r"<code>\1</code>"),
    (r"^(\s*)[-*] ", r"\1• "),
    (r"^(\|.*\|)$", r"<code>\1</code>"),
)


def write_html(report: NotesReport, path: Path) -> None:
    """Write the page."""
    write_atomically(path, page_of(report).encode(errors="xmlcharrefreplace"))


def page_of(report: NotesReport) -> str:
    """The page as HTML: the text as it stands, and after each formula what was found."""
    counts = report.counts()
    said = ", ".join(f"{count} {name}" for name, count in counts.items())
    title = html.escape(Path(report.file).name)
    lines = "".join(f"<div class=why><code>{html.escape(line)}</code></div>" for line in report.assumed)
    assumed = f"<div class=why>Taken as given:</div>{lines}" if lines else ""
    if report.message:
        assumed += f"<p class=cause>{html.escape(report.message)}</p>"
    body = "".join(_text(report, cell, text) for cell, text in report.texts.items())
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><style>{STYLE}</style>'
        f"<body><h1>{title}</h1><p class=counts>{said}</p>{assumed}{body}</body></html>\n"
    )


def _text(report: NotesReport, cell: int | None, text: str) -> str:
    here = [said for said in report.statements if said.cell == cell]
    by_line: dict[int, list[Statement]] = {}
    for said in here:
        by_line.setdefault(said.line, []).append(said)
    parts, prose = [], []
    for number, line in enumerate(text.split("\n"), start=1):
        if number in by_line:
            plain = re.sub(r"\$\$?[^$]*\$\$?|\\begin\{.*?\}|\\end\{.*?\}", "", line)
            if re.search(r"[A-Za-z]{3}", plain) and "\\" not in plain:
                prose.append(line)
            parts.append(_prose(prose))
            prose = []
            parts += [_statement(said) for said in by_line[number]]
        elif not re.fullmatch(r"\s*(?:\$\$|\\(?:begin|end)\{.*\}|```.*)\s*", line):
            prose.append(line)
    return "".join([*parts, _prose(prose)])


def _prose(lines: list[str]) -> str:
    """Words as they are typed, with the little Markdown that notes have."""
    text = html.escape("\n".join(lines).strip("\n"), quote=False)
    if not text.strip():
        return ""
    text = re.sub(r"\$\$?`?([^$]+?)`?\$\$?", lambda match: mathml(html.unescape(match.group(1))), text)
    for pattern, same in MARKDOWN:
        text = re.sub(pattern, same, text, flags=re.M)
    return f"<div class=text>{text}</div>"


def _statement(said: Statement) -> str:
    mark = {"right": "✓ right", "wrong": "✗ wrong"}.get(said.verdict, said.status)
    shown = _code(said.tex) if said.is_code else mathml(said.tex, is_shown=True)
    lines = [
        f'<div class="statement {said.verdict}"><div class=row><span class=line>{said.line}</span>{shown}'
        f"<span class=mark>{mark}</span></div>"
    ]
    if said.cause:
        lines.append(f"<div class=cause>{_cause(said.cause)}</div>")
    elif said.reason and said.status != "judged":
        lines.append(f"<div class=why>{html.escape(said.reason)}</div>")
    if said.note:
        lines.append(f"<div class=why>{html.escape(said.note)}</div>")
    if said.fix_tex:
        left, relation, _ = re.split(r"(:?=|\\leftarrow)", said.tex, maxsplit=1) if "=" in said.tex else ("", "", "")
        whole = f"{left} {relation} {said.fix_tex}" if relation else said.fix_tex
        shown = _code(whole) if said.is_code or "$" in whole else mathml(whole, is_shown=True)
        lines.append(f"<div class=fix><span>right is</span>{shown}</div>")
    return "".join([*lines, "</div>"])


def _code(text: str) -> str:
    return f"<code>{html.escape(' '.join(text.split()))}</code>"


def _cause(cause: str) -> str:
    """A cause with its formulas as formulas."""
    parts = []
    for part in cause.split("; "):
        head, colon, rest = part.partition(": ")
        pieces = re.split(
            r"(^it is |^its shape is | where | stands| belongs| is missing| is too many| too many| at )",
            rest if colon else part,
        )
        shown = [mathml(piece) if re.search(r"[\\^_]", piece) else html.escape(piece) for piece in pieces]
        parts.append((f"{html.escape(head)}: " if colon else "") + "".join(shown))
    return "; ".join(parts)


def mathml(tex: str, is_shown: bool = False) -> str:
    """A formula as MathML, in display style where it is shown; as it is typed where it cannot be converted."""
    clean = re.sub(r"\\(?:label\{[^}]*\}|nonumber|notag)|\\(?:begin|end)\{aligned\}", " ", tex)
    clean = clean if r"\begin" in clean else clean.replace("&", " ")
    clean = clean.replace(r"\tfrac", r"\frac").replace(r"\dfrac", r"\frac")
    clean = re.sub(r"\\text\{\s*(if|otherwise|for|when|and|where)\s*\}", r"\\quad \\text{\1}\\;", clean)
    clean = re.sub(r"([:+*/-]) ?=", lambda match: "≔" if match[1] == ":" else rf"\\text{{ {match[1]}= }}", clean)
    try:
        found = convert(clean)
    except Exception:
        return _code(tex)
    size = f' style="font-size: {max(0.5, WIDTH / width(clean)):.2f}em"' if is_shown and width(clean) > WIDTH else ""
    return found.replace("<math ", f"<math{size}{' displaystyle=true' if is_shown else ''} ", 1)


def width(tex: str) -> float:
    """About how many letters wide a formula is; a matrix has rows."""
    plain = re.sub(r"\\(?:left|right|text|mathbb|begin|end|frac|quad)|\\([a-z])[a-zA-Z]*|[{}^_&\s]", r"\1", tex)
    wide = len(re.findall(r"[=+,-]|\\cdot|\\times|\\odot", tex))
    return (len(plain) + 1.2 * wide) / (1.4 if "matrix" in tex or "cases" in tex else 1)
