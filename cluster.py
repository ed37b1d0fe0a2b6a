"""The one Kubernetes provider, bound to the context that the stack names.

Pulumi's provider would otherwise follow kubectl's current context. A machine without that context, such as a
pull-request runner, can still preview: previews need state and configuration, not a cluster.
"""

import os
from pathlib import Path
from typing import Any

import pulumi
import yaml
from pulumi_kubernetes import Provider


def kubernetes_provider(context: str, kubeconfig: str | None) -> Provider:
    """Return the provider for every Kubernetes resource of the stack.

    Args:
        context: kubeconfig context that the stack names.
        kubeconfig: path of the kubeconfig; None means KUBECONFIG, else ~/.kube/config.

    Returns:
        A provider bound to `context`. Secrets are mutable under it: replacing one would leave Kargo without it for
        a moment (pulumi-kubernetes 4 replaces changed Secrets unless told otherwise).

    Raises:
        pulumi.RunError: if the kubeconfig lacks `context`; the message names it and the current one.
    """
    contexts, current = _contexts(kubeconfig)
    if context not in contexts and (contexts or not pulumi.runtime.is_dry_run()):
        raise pulumi.RunError(
            f"kubernetes.context: this stack belongs to context '{context}', which the kubeconfig does not have "
            f"(current context: '{current or ''}'); nothing was changed. "
            f"Add '{context}' to the kubeconfig, or name another in the stack's file: "
            f"{', '.join(contexts) or 'the kubeconfig has no context at all'}"
        )
    if current and current != context:
        pulumi.log.info(f"using Kubernetes context '{context}'; the current context '{current}' is not touched")
    return Provider(
        "kubernetes",
        context=context,
        kubeconfig=kubeconfig,
        enable_server_side_apply=True,
        enable_secret_mutable=True,
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
