"""Waits until Kargo's controllers have handled an object.

The Kubernetes provider's own wait (`pulumi.com/waitFor`) never ends if the API server does not answer: it waits for the
first list of its watch without a limit (4.32), whatever timeouts the program sets.
"""

from typing import Any

import pulumi
from pulumi import dynamic

from components.dynamic.configured_stack import by_hand
from components.dynamic.provider import CheckProvider, Cluster, inputs_of, tell


class Wait(CheckProvider):
    """Waits for an object."""

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> dynamic.CheckResult:
        """Keep the recorded uid in a preview that does not know it, so that each user's preview has the same steps."""
        return dynamic.CheckResult({**news, "uid": news["uid"] or _olds.get("uid", "")}, [])


class ProjectReadinessProvider(Wait):
    """Waits for a Project."""

    passed = "ready"
    updating = ("project", "uid")

    def check_service(self, props: dict[str, Any]) -> None:
        """Wait."""
        from clients.kargo import Kargo  # noqa: PLC0415 - only the provider's own process speaks HTTP

        Kargo(props["kubeconfig"], props["context"], props["project"]).wait_for_project()


class ReceiversReadinessProvider(Wait):
    """Waits for a ProjectConfig, and compares the paths of its receivers."""

    passed = "ready"
    updating = ("project", "uid", "token", "paths")

    _config: dynamic.Config | None = None

    def configure(self, req: dynamic.ConfigureRequest) -> None:
        """Keep the stack's configuration, for the webhooks that a user registers."""
        self._config = req.config

    def check_service(self, props: dict[str, Any]) -> None:
        """Wait, and compare the paths."""
        from clients.kargo import Kargo  # noqa: PLC0415 - only the provider's own process speaks HTTP

        kargo = Kargo(props["kubeconfig"], props["context"], props["project"])
        kargo.wait_for_receivers(props["token"], props["paths"])

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> dynamic.UpdateResult:
        """Check changed inputs, and print which webhooks a user must change because of a new path."""
        result = super().update(_id, _olds, _news)
        before = _olds.get("paths") or {}
        for line in by_hand(self._config, [name for name, path in _news["paths"].items() if before.get(name) != path]):
            tell(line)
        return result


class ProjectReadiness(dynamic.Resource, name="ProjectReadiness"):
    """A Project that is ready. If it is not ready in two minutes, `up` fails with the reason.

    Args:
        cluster: cluster of the Project.
        project: the Kargo project.
        uid: the Project's uid; a recreated Project has another one.
    """

    def __init__(
        self,
        name: str,
        cluster: Cluster,
        *,
        project: str,
        uid: pulumi.Input[str],
        opts: pulumi.ResourceOptions,
    ) -> None:
        props = {**inputs_of(cluster), "project": project, "uid": uid}
        super().__init__(ProjectReadinessProvider(), name, props, opts)


class ReceiversReadiness(dynamic.Resource, name="ReceiversReadiness"):
    """Receivers that have the computed paths. If they do not, `up` fails with the reason.

    Args:
        cluster: cluster of the Project.
        project: the Kargo project.
        uid: the ProjectConfig's uid.
        token: value of the ProjectConfig's annotation `kargo.akuity.io/refresh`.
        paths: computed path by receiver (secret).
    """

    def __init__(
        self,
        name: str,
        cluster: Cluster,
        *,
        project: str,
        uid: pulumi.Input[str],
        token: pulumi.Input[str],
        paths: pulumi.Output[dict[str, str]],
        opts: pulumi.ResourceOptions,
    ) -> None:
        known = {**inputs_of(cluster), "project": project, "uid": uid, "token": token}
        super().__init__(ReceiversReadinessProvider(), name, {**known, "paths": pulumi.Output.secret(paths)}, opts)
