"""Make the README's pictures of TensorBoard: the proof beside the cost, what was learnt, and a sweep.

python scripts/screenshots.py
"""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

from tests.board.browser import chromium, curves, pictures, tensorboard, wait_for, wait_for_text

DOCS = Path(__file__).resolve().parents[1] / "docs"
COLOURS = 128  # of a picture that is to stay small
TRAININGS = (
    "train --data flower --iterations 2000 --parity-every 50 --run flower",
    "train --iterations 500 --run digits",
)
SWEEP = ("train --iterations 500 --run sweep --sweep learning_rate=0.1,0.03,0.01 --sweep activation=relu,tanh",)


def curves_and_proof(page: Chrome, address: str) -> None:
    """The cost, and below it the error of the gradients."""
    page.set_window_size(1280, 1190)
    page.get(f"{address}?runFilter=^flower$&tagFilter=^(cost|parity/dW)&smoothing=0#timeseries")
    wait_for_text(page, "parity\n/dW1", "cost\n/train")
    next(button for button in page.find_elements(By.TAG_NAME, "button") if button.text == "Settings").click()
    wait_for(lambda: curves(page, "parity/dW1") > 0.5)


def what_was_learnt(page: Chrome, address: str) -> None:
    """Decision boundary, weights, misclassified pictures."""
    page.set_window_size(1280, 1190)
    page.get(f"{address}?pictures#images&tagFilter=W1|misclassified|decision_boundary")
    wait_for_text(page, "pictures/decision_boundary")
    wait_for(lambda: len(pictures(page)) > 3)


def sweep(page: Chrome, address: str) -> None:
    """Options and results of the runs side by side."""
    page.set_window_size(1600, 700)
    page.get(f"{address}#hparams")
    wait_for_text(page, "learning_rate", "accuracy/test")


SHOTS: tuple[tuple[tuple[str, ...], Mapping[str, Callable[[Chrome, str], None]]], ...] = (
    (TRAININGS, {"board-curves.png": curves_and_proof, "board-pictures.png": what_was_learnt}),
    (SWEEP, {"board-sweep.png": sweep}),
)


def main() -> None:
    """Train, look, and write the pictures."""
    for commands, shots in SHOTS:
        with TemporaryDirectory() as folder:
            for words in commands:
                environment = os.environ | {"PYTHONPATH": str(DOCS.parent)}
                command = [sys.executable, "-m", "backproof", *words.split()]
                subprocess.run(command, cwd=folder, env=environment, check=True)
            with tensorboard(Path(folder) / "runs", fast=True) as address, chromium() as page:
                for name, show in shots.items():
                    show(page, address)
                    shot = Image.open(BytesIO(page.get_screenshot_as_png())).convert("RGB")
                    shot.quantize(COLOURS).save(DOCS / name, optimize=True)


if __name__ == "__main__":
    main()
