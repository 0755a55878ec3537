"""Where the command `backproof` starts: Ctrl-C ends it without a traceback while everything else is imported."""

import signal


def main() -> None:
    """Import the command line and run it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from backproof.__main__ import main as run

    signal.signal(signal.SIGINT, signal.default_int_handler)
    run()
