"""Commands as a person can paste them into the shell from which this process was started."""

import os
import shlex
import shutil
import sys
from pathlib import Path

MODULES = {"backproof": "backproof", "tensorboard": "tensorboard.main"}


def program(name: str) -> str:
    """Return how to start a program of this environment: by name where the shell finds it, else by path or module."""
    script = Path(sys.executable).parent / name
    if not script.is_file():
        return f"{_shown(Path(sys.executable))} -m {MODULES[name]}"
    found = shutil.which(name)
    return name if found and os.path.samefile(found, script) else _shown(script)


def _shown(path: Path) -> str:
    here = Path.cwd()
    return shlex.quote(str(path.relative_to(here) if path.is_relative_to(here) else path))
