"""The mark by which each Kubernetes object says which stack's it is, and the refusal to take over anybody else's.

The Kubernetes provider may write an object that is there already (`upsertExistingObjects`): an `up` that was killed, or
lost the API server's answer, goes on with what it had created. So nothing else may be there under that name.
"""

from dataclasses import dataclass, replace
from typing import Any

import pulumi

from components.dynamic.stack_id import StackId
from kargo.ownership import refusal
from model.cluster import Cluster


@dataclass(frozen=True)
class Owner:
    """A stack, as its objects know it.

    Args:
        mark: the stack's name and id, such as `dev-1f3a9c2e`.
        hooks: the check before an object is created; None in a preview, which creates nothing.
    """

    mark: pulumi.Output[str]
    hooks: pulumi.ResourceHookBinding | None = None

    def within(self, project: pulumi.CustomResource) -> "Owner":
        """Return the owner of what lies in a Kargo Project, unknown until that Project exists.

        The Kubernetes provider sends no dry run of an object with an unknown value (4.32). Kargo's admission would
        refuse it while the Project is missing, and the provider takes such a refusal for a failed preview.
        """
        return replace(self, mark=pulumi.Output.all(self.mark, project.id).apply(lambda known: str(known[0])))


def stack_owner(name: str, cluster: Cluster) -> Owner:
    """Register what identifies this stack, and the check of what it may create.

    Args:
        name: Pulumi name.
        cluster: the cluster that the stack may change.
    """
    identity = StackId(name)
    mark = identity.id.apply(lambda digits: f"{pulumi.get_stack()}-{digits}")
    if pulumi.runtime.is_dry_run():
        return Owner(mark)

    # Imported now: the language host takes the program's folder off the path before a hook runs (3.259).
    from clients.cluster import AbsentError, object_path  # noqa: PLC0415 - a preview needs none of it
    from clients.cluster import Cluster as Api  # noqa: PLC0415

    async def check(args: pulumi.ResourceHookArgs) -> None:
        # What is secret comes as an Output.
        wanted: Any = await pulumi.Output.from_input(dict(args.new_inputs or {})).future()
        kind, metadata = wanted["kind"], wanted["metadata"]
        path = object_path(wanted["apiVersion"], f"{kind.lower()}s", metadata.get("namespace"), metadata["name"])
        try:
            live = Api(cluster.kubeconfig or "", cluster.context).get(f"{kind} '{metadata['name']}'", path)
        except AbsentError:
            return
        if text := refusal(wanted, live):
            raise pulumi.RunError(text)

    return Owner(mark, pulumi.ResourceHookBinding(before_create=[pulumi.ResourceHook(f"{name}-check", check)]))
