"""Which tests share what is dear to make, so that one worker makes it once."""

import re

PROOFS = (
    "parity_tests/test_parity.py",
    "parity_tests/test_mistakes.py",
    "parity_tests/test_witnesses.py",
    "parity_tests/test_wrong_formulas.py",
    "tests/board/test_verify_log.py",
    "tests/commands/test_show.py",
    "tests/commands/test_verify.py",
)


def shared_by(test: str) -> str:
    """Return what a test shares with others: the samples of all formulas by one seed, or the fixtures of its file."""
    file = test.partition("::")[0]
    if file not in PROOFS:
        return file
    seed = re.search(r"-([12])]$", test)
    return f"proofs by seed {seed[1] if seed else 0}"
