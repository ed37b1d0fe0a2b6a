"""The effect of an interrupt on the program."""

import contextlib
import signal


def end_at_once_when_interrupted() -> None:
    """End the program silently on an interrupt.

    The engine interrupts it when a resource fails or the user presses Ctrl-C (Pulumi 3.259). Python would then print
    two tracebacks of its event loop below the error. In a host that runs the program in a thread, nothing is needed.
    """
    with contextlib.suppress(ValueError):
        signal.signal(signal.SIGINT, signal.SIG_DFL)
