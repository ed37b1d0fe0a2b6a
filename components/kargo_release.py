"""The check, in `up`, that the cluster's Kargo is new enough for the stack, and warnings about its release."""

import pulumi

from kargo.receivers import receivers
from kargo.registry_hosts import FIX, REFUSED_SINCE, refused_host
from model.stack import Stack

# The first line with each type of receiver, and what a stack needs it for.
_SINCE = {
    "generic": ((1, 9), "webhooks for pushed images of Gitea"),
    "gitea": ((1, 11), "webhooks for pull requests of Gitea"),
}


def require_kargo(stack: Stack) -> None:
    """Check Kargo's release before `up` changes anything. A preview needs no cluster, and a version may be unknown.

    Raises:
        pulumi.RunError: if Kargo is too old for a receiver of the stack; one line.
    """
    if pulumi.runtime.is_dry_run():
        return
    # A preview does not need a client of the cluster.
    from clients import kargo_release  # noqa: PLC0415
    from clients.cluster import Cluster  # noqa: PLC0415

    found = kargo_release.release(Cluster(stack.kubernetes.kubeconfig or "", stack.kubernetes.context))
    for receiver in receivers(stack):
        least, purpose = _SINCE.get(receiver.kind, ((), ""))
        if found and kargo_release.is_older(found, least):
            raise pulumi.RunError(
                f"the cluster has Kargo {kargo_release.written(found)}, which has no {purpose}; upgrade Kargo to "
                f"{kargo_release.written(least)} or newer"
            )
    if refused_host(stack.registry) and not (found and kargo_release.is_older(found, REFUSED_SINCE)):
        pulumi.warn(
            "registry.host: Kargo 1.12 takes this host for a registry with plain HTTP, and then discovers no images of "
            f"Gitea; {FIX}"
        )
    # The fields of the CRDs show only the line, and the warning is for an administrator of Kargo.
    if found and len(found) > len(kargo_release.SUPPORTED) and kargo_release.is_older(found, kargo_release.SUPPORTED):
        pulumi.warn(
            f"the cluster has Kargo {kargo_release.written(found)}; only Kargo "
            f"{kargo_release.written(kargo_release.SUPPORTED)} gets security fixes, see {kargo_release.ADVISORIES}"
        )
