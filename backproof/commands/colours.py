"""The colour of each verdict on a terminal."""

from parity_tests.compare import Verdict

COLOURS = {Verdict.AGREES: "green", Verdict.INCONCLUSIVE: "yellow", Verdict.DISAGREES: "bold red"}
