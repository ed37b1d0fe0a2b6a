"""The libraries with which Kargo itself decides, in a small Go program that stays running."""

import json
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


class Libraries:
    """A client of the program. Threads may share it.

    Args:
        program: path of `kargolibs`.
    """

    def __init__(self, program: Path) -> None:
        self._process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._one_at_a_time = threading.Lock()

    def ask(self, what: str, **given: Any) -> Any:
        """Return the answer to one question. The program's source defines the questions.

        Raises:
            ValueError: if the library fails. The text is its message.
        """
        assert self._process.stdin
        assert self._process.stdout
        with self._one_at_a_time:
            self._process.stdin.write(json.dumps({"ask": what, **given}) + "\n")
            self._process.stdin.flush()
            reply = json.loads(self._process.stdout.readline())
        if "error" in reply:
            raise ValueError(reply["error"])
        return reply["answer"]

    def normalized(self, kind: str, address: str) -> str:
        """Return the normalized address of a repository, which Kargo compares; unchanged if it cannot be normalized.

        Args:
            kind: `image` or `git`.
            address: the address.
        """
        template = f"${{{{ normalize{kind.capitalize()}(request.body) }}}}"
        return str(self.ask("text", template=template, request={"body": address}))

    def newest_first(self, tags: Sequence[str], image: Mapping[str, Any]) -> list[str]:
        """Return the tags that an image subscription selects, newest first.

        Raises:
            ValueError: if an expression or the constraint cannot be read.
        """
        rules = {
            "strategy": image["imageSelectionStrategy"],
            "allow": image.get("allowTagsRegexes") or [],
            "ignore": image.get("ignoreTagsRegexes") or [],
            "constraint": image.get("constraint", ""),
        }
        names: list[str] = self.ask("tags", tags=list(tags), **rules)
        return names

    def matches(self, pattern: str, text: str) -> bool:
        """Return whether a regular expression in Go's syntax matches. An invalid one matches nothing."""
        try:
            return bool(self.ask("matches", pattern=pattern, text=text))
        except ValueError:
            return False

    def with_value(self, content: str, key: str, value: str) -> str:
        """Return JSON with the value at a key such as `dev.backstage`, which is added if it is missing.

        Raises:
            ValueError: if the key cannot be set.
        """
        return str(self.ask("set", json=content, key=key, value=value))

    def parsed(self, content: str, expression: str) -> Any:
        """Return the value of an expression that sees a JSON document.

        Raises:
            ValueError: if the document is not JSON, or the expression fails.
        """
        return self.ask("parse", json=content, expression=expression)

    def close(self) -> None:
        """Stop the program."""
        self._process.communicate()
