"""TensorBoard as a person meets it: a server with either of its loaders, and Chromium without a window."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar
from urllib.request import urlopen

import numpy as np
from PIL import Image
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

PROGRAMS = ("chromium", "chromedriver")
ABSENT = "chromium and chromedriver are not on this machine: apt-get install chromium chromium-driver"
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--use-angle=swiftshader",  # the projector needs WebGL
    "--enable-unsafe-swiftshader",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# What can be seen on the page, that of web components included: a line for each piece of text, or the pictures.
SEEN = """
const shown = element => element.checkVisibility({visibilityProperty: true, opacityProperty: true})
  || getComputedStyle(element).display === 'contents';
function* seen(node) {
  if (node.nodeType === Node.TEXT_NODE) yield node;
  if (node.nodeType !== Node.ELEMENT_NODE || ['SCRIPT', 'STYLE'].includes(node.tagName) || !shown(node)) return;
  yield node;
  const slotted = node.tagName === 'SLOT' ? node.assignedNodes({flatten: true}) : [];
  for (const child of slotted.length ? slotted : (node.shadowRoot ?? node).childNodes) yield* seen(child);
}
const nodes = [...seen(document.body)];
"""
TEXT = (
    "return nodes.filter(n => n.nodeType === Node.TEXT_NODE).map(n => n.textContent.trim()).filter(Boolean).join('\\n')"
)
PICTURES = "return nodes.filter(n => n.tagName === 'IMG' && n.naturalWidth).map(n => [n.naturalWidth, n.naturalHeight])"
T = TypeVar("T")


def installed() -> bool:
    """Whether the browser and its driver are on this machine."""
    return all(map(shutil.which, PROGRAMS))


def wait_for(look: Callable[[], T], seconds: float = 30) -> T:
    """What `look` returns as soon as it is true; TimeoutError when it does not become so."""
    limit = time.monotonic() + seconds
    while not (found := look()):
        if time.monotonic() > limit:
            raise TimeoutError(f"nothing within {seconds} s")
        time.sleep(0.1)
    return found


@contextmanager
def tensorboard(logdir: Path, fast: bool) -> Iterator[str]:
    """The address of a TensorBoard on a free port, which has loaded the runs of a folder by either of its loaders."""
    options = f"--logdir={logdir.name} --port=0 --load_fast={str(fast).lower()} --reload_interval=1".split()
    with TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        with log.open("wb") as file:
            command = [sys.executable, "-m", "tensorboard.main", *options]
            server = subprocess.Popen(command, stdout=file, stderr=file, start_new_session=True, cwd=logdir.parent)
        try:
            yield wait_for(lambda: _address(server, log))
        finally:
            os.killpg(server.pid, signal.SIGKILL)  # the fast loader is a process of its own
            server.wait()


def _address(server: subprocess.Popen[bytes], log: Path) -> str:
    if server.poll() is not None:
        raise RuntimeError(log.read_text())
    found = re.search(r"http://\S+", log.read_text())
    return found[0] if found and get(found[0], "data/runs") else ""


def get(address: str, path: str) -> Any:
    """What TensorBoard answers, from JSON."""
    with urlopen(f"{address}{path}") as answer:
        return json.load(answer)


@contextmanager
def chromium(width: int = 1280, height: int = 800) -> Iterator[Chrome]:
    """A browser with a profile of its own, which downloads nothing but the pages it is shown."""
    browser, driver = map(shutil.which, PROGRAMS)
    options = ChromeOptions()
    options.binary_location = str(browser)
    with TemporaryDirectory() as profile:
        for flag in (*FLAGS, f"--user-data-dir={profile}", f"--window-size={width},{height}"):
            options.add_argument(flag)
        chrome = Chrome(options=options, service=Service(driver))
        try:
            yield chrome
        finally:
            chrome.quit()


def text(page: Chrome) -> str:
    """All that can be read on the page, a line for each piece."""
    return str(page.execute_script(SEEN + TEXT))


def pictures(page: Chrome) -> list[list[int]]:
    """Width and height, in their own pixels, of the pictures that have been loaded and can be seen."""
    return list(page.execute_script(SEEN + PICTURES))


def wait_for_text(page: Chrome, *expected: str) -> str:
    """The text of a page once all of this can be read on it; AssertionError with the text when it does not come."""
    try:
        wait_for(lambda: all(part in text(page) for part in expected))
    except TimeoutError:
        raise AssertionError(f"expected {expected}, found:\n{text(page)}") from None
    return text(page)


def curves(page: Chrome, title: str) -> float:
    """The share of a chart's width over which something coloured is drawn, in the first chart with this title."""
    cards = page.find_elements(By.CSS_SELECTOR, "scalar-card")
    card = next(card for card in cards if title in card.text.replace("\n", ""))
    chart = card.find_element(By.CSS_SELECTOR, "line-chart")
    pixels = np.asarray(Image.open(BytesIO(chart.screenshot_as_png)).convert("RGB")).astype(int)
    coloured = np.ptp(pixels, axis=2) > 20  # axes and grid are grey
    return float(coloured.any(axis=0).mean())
