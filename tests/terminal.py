"""A command as somebody types it in a terminal, and answers what it asks."""

import os
import pty
import re
import select
import signal
import termios
import time
from collections.abc import Mapping
from pathlib import Path

_ESCAPES = re.compile(r"\x1b(\[[0-9;?]*[A-Za-z]|[()][A-Z0-9]|[=>])|\r")
# What a user answers to the engine.
ANSWERS = {f"Do you want to perform this {what}?": "yes\r" for what in ("update", "refresh", "destroy")}
# A prompt that wants to know where the cursor is gets an answer as from a terminal.
_WHERE, _HERE = b"\x1b[6n", b"\x1b[1;1R"
_ROWS, _COLUMNS = 50, 200
# Where one of these is set, the engine takes itself to be in CI, and asks nothing.
_CI = ("CI", "GITHUB_ACTIONS", "GITLAB_CI", "BUILDKITE", "TF_BUILD", "JENKINS_URL", "TRAVIS")


def typed(
    command: str, environment: Mapping[str, str], folder: Path, answers: Mapping[str, str], seconds: float = 600
) -> tuple[int, str]:
    """Run a shell command in a pseudo-terminal; return its exit code and what it showed.

    Args:
        command: the command.
        environment: its environment variables.
        folder: where it runs.
        answers: the keys to press after a text was shown, each once; `\\r` is the Enter key.
        seconds: when it is ended, because it hangs.
    """
    own = {name: value for name, value in environment.items() if name not in _CI}
    child, terminal = pty.fork()
    if child == 0:
        # A terminal without a size is none for the engine.
        termios.tcsetwinsize(0, (_ROWS, _COLUMNS))
        os.chdir(folder)
        os.execvpe("/bin/sh", ["sh", "-c", command], {**own, "TERM": "xterm"})
    shown, left, end = b"", dict(answers), time.monotonic() + seconds
    asked = 0
    while True:
        if time.monotonic() > end:
            os.kill(child, signal.SIGKILL)
        readable, _, _ = select.select([terminal], [], [], 1)
        if not readable:
            continue
        try:
            read = os.read(terminal, 65536)
        except OSError:
            read = b""
        if not read:
            break
        shown += read
        if _WHERE in read:
            os.write(terminal, _HERE)
        text = shown[asked:].decode(errors="replace")
        for prompt, keys in list(left.items()):
            if prompt in text:
                del left[prompt]
                asked = len(shown)
                # The prompt takes keys only once it has been drawn.
                time.sleep(0.3)
                for key in re.findall(r"\x1b\[[A-D]|.", keys, re.DOTALL):
                    os.write(terminal, key.encode())
                    time.sleep(0.05)
    _, status = os.waitpid(child, 0)
    os.close(terminal)
    return os.waitstatus_to_exitcode(status), _ESCAPES.sub("", shown.decode(errors="replace"))
