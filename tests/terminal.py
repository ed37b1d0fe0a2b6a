"""A command in a terminal, with a user's answers to its prompts."""

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
# Answers of a user to the engine.
ANSWERS = {f"Do you want to perform this {what}?": "yes\r" for what in ("update", "refresh", "destroy")}
# A prompt that asks for the position of the cursor gets the answer of a terminal.
_WHERE, _HERE = b"\x1b[6n", b"\x1b[1;1R"
_ROWS, _COLUMNS = 50, 200
# If one of these is set, the engine behaves as in CI, and shows no prompt.
_CI = ("CI", "GITHUB_ACTIONS", "GITLAB_CI", "BUILDKITE", "TF_BUILD", "JENKINS_URL", "TRAVIS")


def typed(
    command: str, environment: Mapping[str, str], folder: Path, answers: Mapping[str, str], seconds: float = 600
) -> tuple[int, str]:
    """Run a shell command in a pseudo-terminal; return its exit code and its output.

    Args:
        command: the command.
        environment: its environment variables.
        folder: working directory.
        answers: keys to press after a prompt, once for each prompt; `\\r` is the Enter key.
        seconds: time after which it is killed, because it hangs.
    """
    own = {name: value for name, value in environment.items() if name not in _CI}
    child, terminal = pty.fork()
    if child == 0:
        # The engine ignores a terminal without a size.
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
