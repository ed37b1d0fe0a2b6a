"""Git in a promotion step: with its own home, and without a password in an argument or a URL."""

import os
import subprocess
from pathlib import Path
from typing import Any

from sandbox.standins.controllers.kargo.credentials import Login

# Answers `git credential` from the environment.
_HELPER = '!f() { printf "username=%s\\npassword=%s\\n" "$GIT_USERNAME" "$GIT_PASSWORD"; }; f'
_WHO = {"NAME": "Kargo (stand-in)", "EMAIL": "no-reply@localhost.localdomain"}


class GitError(ValueError):
    """A command failed. The text is its output."""


class Git:
    """`git` in one folder.

    Args:
        folder: the folder.
        ca: CA of the server.
        login: login for the server.
    """

    def __init__(self, folder: Path, ca: Path, login: Login | None = None) -> None:
        self._folder = folder
        self._environment = {
            **{f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in _WHO.items()},
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "LC_ALL": "C",
            "NO_PROXY": "*",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_SSL_CAINFO": str(ca),
        }
        if login and login.password:
            self._environment |= {"GIT_USERNAME": login.username, "GIT_PASSWORD": login.password}
            helper = {"COUNT": "1", "KEY_0": "credential.helper", "VALUE_0": _HELPER}
            self._environment |= {f"GIT_CONFIG_{name}": value for name, value in helper.items()}

    def __call__(self, *arguments: str) -> str:
        """Run a command, and return its output.

        Raises:
            GitError: if it fails.
        """
        given: dict[str, Any] = {
            "cwd": self._folder,
            "env": self._environment,
            "stdin": subprocess.DEVNULL,
            "timeout": 60,
        }
        try:
            result = subprocess.run(["git", *arguments], capture_output=True, text=True, check=True, **given)
        except subprocess.CalledProcessError as error:
            raise GitError(f"error executing cmd [git {arguments[0]}]: {error.stdout}{error.stderr}".strip()) from None
        except subprocess.TimeoutExpired:
            raise GitError(f"git {arguments[0]} did not end within 60 s") from None
        return str(result.stdout).strip()
