"""What an interrupt does to the program."""

import contextlib
import signal


def end_at_once_when_interrupted() -> None:
    """Let an interrupt end the program without a word.

    The engine interrupts it when a resource fails or somebody presses Ctrl-C (Pulumi 3.259). Python would then print
    two tracebacks of its event loop below the one line that matters. A host that runs the program in a thread of its
    own cannot be interrupted so, and needs nothing.
    """
    with contextlib.suppress(ValueError):
        signal.signal(signal.SIGINT, signal.SIG_DFL)
