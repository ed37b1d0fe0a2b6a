"""The contexts that this machine's kubeconfig has."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from model.cluster import Cluster
from model.problem import Problem


def context_problems(cluster: Cluster, preview: bool) -> Iterator[Problem]:
    """Say if the kubeconfig lacks the stack's context, so that the stack can never change another cluster.

    A machine without any context, such as a pull-request runner, can preview all the same: a preview needs state and
    configuration, not a cluster.

    Args:
        cluster: the cluster that the stack names.
        preview: whether this run only shows what would change.
    """
    contexts, current = _contexts(cluster.kubeconfig)
    if cluster.context in contexts or (preview and not contexts):
        return
    yield Problem(
        "kubernetes.context",
        f"this stack belongs to context '{cluster.context}', which the kubeconfig does not have "
        f"(current context: '{current or ''}'); "
        f"add '{cluster.context}' to the kubeconfig, or name another in the stack's file: "
        f"{', '.join(contexts) or 'the kubeconfig has no context at all'}",
    )


def _contexts(kubeconfig: str | None) -> tuple[list[str], str | None]:
    """Return the contexts of all kubeconfig files and the current one; kubectl lets the first file win."""
    paths = kubeconfig or os.environ.get("KUBECONFIG") or str(Path.home() / ".kube" / "config")
    contexts: list[str] = []
    current: str | None = None
    for path in paths.split(os.pathsep):
        try:
            text = Path(path).expanduser().read_text()
        except OSError:
            continue
        content: dict[str, Any] = yaml.safe_load(text) or {}
        contexts += [entry["name"] for entry in content.get("contexts") or []]
        current = current or content.get("current-context")
    return contexts, current
