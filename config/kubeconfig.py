"""The contexts of this machine's kubeconfig."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from model.cluster import Cluster
from model.problem import Problem, shown

# libyaml reads a large kubeconfig in milliseconds, Python alone in seconds.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _UnreadableError(Exception):
    """A file that is not a kubeconfig. The message contains the reason, and nothing of the file."""


def context_problems(cluster: Cluster) -> Iterator[Problem]:
    """Yield a problem if the kubeconfig does not contain the stack's context.

    The problem names contexts, and nothing else of the kubeconfig: it contains credentials.
    """
    if cluster.kubeconfig:
        key, files = "kubernetes.kubeconfig", [cluster.kubeconfig]
    else:
        variable = os.environ.get("KUBECONFIG")
        key = "kubernetes.context"
        files = variable.split(os.pathsep) if variable else [str(Path.home() / ".kube" / "config")]
    contexts: list[str] = []
    current: str | None = None
    for number, file in enumerate(files, 1):
        try:
            content = _content(file)
        except _UnreadableError as error:
            which = "the file" if cluster.kubeconfig else f"file {number} of KUBECONFIG"
            yield Problem(key, f"{which} {error}; write the path of a kubeconfig")
            return
        # The first file wins, as for kubectl.
        contexts += _names(content)
        named = content.get("current-context")
        current = current or (named if isinstance(named, str) else None)
    if cluster.context not in contexts:
        others = f", or write one of its contexts: {', '.join(map(shown, contexts))}" if contexts else ""
        used = f"current context: '{shown(current)}'" if current else "no current context"
        yield Problem("kubernetes.context", f"not in the kubeconfig ({used}); add it there{others}")


def _content(file: str) -> dict[str, Any]:
    """Return the content of a kubeconfig; empty if the file is missing, as for kubectl."""
    try:
        path = Path(file).expanduser()
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
    except UnicodeError:
        raise _UnreadableError("is not text") from None
    except (OSError, RuntimeError, ValueError):  # no right to read; no home for `~user`; a null byte
        raise _UnreadableError("cannot be opened") from None
    try:
        content = yaml.load(text, _Loader)  # noqa: S506 - a safe loader
    except (yaml.YAMLError, ValueError, RecursionError):
        raise _UnreadableError("is not YAML") from None
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise _UnreadableError("is not a mapping")
    return content


def _names(content: dict[str, Any]) -> list[str]:
    entries = content.get("contexts")
    named = [entry.get("name") for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    return [name for name in named if isinstance(name, str)]
