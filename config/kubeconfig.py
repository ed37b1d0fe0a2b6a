"""The contexts that this machine's kubeconfig has."""

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
    """A file is no kubeconfig; the text says why and holds nothing of it."""


def context_problems(cluster: Cluster) -> Iterator[Problem]:
    """Say if the kubeconfig lacks the stack's context, so that the stack can never change another cluster.

    Names contexts of the kubeconfig, and nothing else of it: it holds credentials.

    Args:
        cluster: the cluster that the stack names.
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
            yield Problem(key, f"{which} {error}; name a kubeconfig")
            return
        # kubectl lets the first file win.
        contexts += _names(content)
        current = current or _text(content.get("current-context"))
    if cluster.context not in contexts:
        yield Problem(
            "kubernetes.context",
            f"the kubeconfig has no such context ({_current(current)}); add it there, or write one that it has: "
            f"{', '.join(map(shown, contexts)) or 'it has no context at all'}",
        )


def _content(file: str) -> dict[str, Any]:
    """Return what a kubeconfig holds; a file that is not there holds nothing, as for kubectl."""
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
        raise _UnreadableError("is no YAML") from None
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise _UnreadableError("is no mapping")
    return content


def _names(content: dict[str, Any]) -> list[str]:
    entries = content.get("contexts")
    named = [entry.get("name") for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    return [name for name in named if isinstance(name, str)]


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _current(name: str | None) -> str:
    return f"its current one is '{shown(name)}'" if name else "and no current one"
