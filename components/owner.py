"""The mark that names the stack of each Kubernetes object, and a check that refuses objects of anybody else.

The Kubernetes provider may write an object that already exists (`upsertExistingObjects`): after an `up` that was killed
or lost an answer, the next `up` continues with the objects that exist. So every other existing object is refused.
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
        mark: name and id of the stack, such as `dev-1f3a9c2e`.
        hooks: the check before an object is created; None in a preview.
    """

    mark: pulumi.Output[str]
    hooks: pulumi.ResourceHookBinding | None = None

    def within(self, project: pulumi.CustomResource) -> "Owner":
        """Return the owner of the objects in a Kargo Project, unknown until that Project exists.

        The Kubernetes provider sends no dry run of an object with an unknown value (4.32). Kargo's admission would
        refuse the dry run while the Project is missing, and the preview would fail.
        """
        return replace(self, mark=pulumi.Output.all(self.mark, project.id).apply(lambda known: str(known[0])))


def stack_owner(name: str, cluster: Cluster) -> Owner:
    """Register the id of the stack, and the check before it creates an object."""
    mark = StackId(name).id.apply(lambda digits: f"{pulumi.get_stack()}-{digits}")
    if pulumi.runtime.is_dry_run():
        return Owner(mark)

    # Imported now: the language host removes the program's folder from the path before a hook runs (3.259).
    from clients.cluster import AbsentError, object_path  # noqa: PLC0415 - a preview needs none of it
    from clients.cluster import Cluster as Api  # noqa: PLC0415

    async def check(args: pulumi.ResourceHookArgs) -> None:
        # A secret value is an Output.
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
