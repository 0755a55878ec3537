"""The colour of each verdict on a terminal."""

COLOURS = {"agrees": "green", "disagrees": "bold red", "no power": "yellow"}
