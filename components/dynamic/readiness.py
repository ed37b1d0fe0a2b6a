"""Kargo's controllers have handled an object: the wait of `up`, and the reason where it fails.

The Kubernetes provider's own wait (`pulumi.com/waitFor`) has no end while the API server is silent: it waits for the
first list of its watch without a limit (4.32), whatever timeouts the program sets.
"""

from typing import Any

import pulumi
from pulumi import dynamic

from components.dynamic.proof import ProofProvider


class ProjectReadinessProvider(ProofProvider):
    """Waits for a Project."""

    proved = "ready"
    updating = ("project", "uid")

    def prove(self, props: dict[str, Any]) -> None:
        """Wait."""
        from clients.kargo import Kargo  # noqa: PLC0415 - only this process speaks HTTP

        Kargo(props["kubeconfig"], props["context"], props["project"]).wait_for_project()


class ReceiversReadinessProvider(ProofProvider):
    """Waits for a ProjectConfig, and compares the paths of its receivers."""

    proved = "ready"
    updating = ("project", "uid", "token", "paths")

    def prove(self, props: dict[str, Any]) -> None:
        """Wait, and compare."""
        from clients.kargo import Kargo  # noqa: PLC0415 - only this process speaks HTTP

        kargo = Kargo(props["kubeconfig"], props["context"], props["project"])
        kargo.wait_for_receivers(props["token"], props["paths"])


class ProjectReadiness(dynamic.Resource, name="ProjectReadiness"):
    """A Project that Kargo reports as ready; `up` fails, and says why, where it is not in two minutes.

    Args:
        name: Pulumi name.
        context: kubeconfig context.
        kubeconfig: path of the kubeconfig; None means the machine's own.
        project: the Kargo project.
        uid: the Project's uid: another Project of the same name is waited for again.
        opts: Pulumi options.
    """

    def __init__(
        self,
        name: str,
        context: str,
        kubeconfig: str | None,
        project: str,
        uid: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(
            ProjectReadinessProvider(), name, {**_where(context, kubeconfig), "project": project, "uid": uid}, opts
        )


class ReceiversReadiness(dynamic.Resource, name="ReceiversReadiness"):
    """Receivers that have the computed paths; `up` fails, and says why, where they do not.

    Args:
        name: Pulumi name.
        context: kubeconfig context.
        kubeconfig: path of the kubeconfig; None means the machine's own.
        project: the Kargo project.
        uid: the ProjectConfig's uid.
        token: value of the ProjectConfig's annotation `kargo.akuity.io/refresh`.
        paths: computed path by receiver (secret).
        opts: Pulumi options.
    """

    def __init__(
        self,
        name: str,
        context: str,
        kubeconfig: str | None,
        project: str,
        uid: pulumi.Input[str],
        token: pulumi.Input[str],
        paths: pulumi.Output[dict[str, str]],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        props = {**_where(context, kubeconfig), "project": project, "uid": uid, "token": token}
        super().__init__(ReceiversReadinessProvider(), name, {**props, "paths": pulumi.Output.secret(paths)}, opts)


def _where(context: str, kubeconfig: str | None) -> dict[str, str]:
    return {"context": context, "kubeconfig": kubeconfig or ""}
