"""Whether what cdk8s rendered and what the program registers are the same objects."""

from collections.abc import Iterable
from typing import Any

from sandbox.stack import Stack
from tests import program
from tests.bench.deployed import settings

# Instructions to Pulumi and to External Secrets, which a person with YAML files gives by hand or not at all.
_INSTRUCTIONS = ("pulumi.com/waitFor", "force-sync")


def registered(stack: Stack, webhook_secret: str) -> list[dict[str, Any]]:
    """Return the Kubernetes objects that the program registers on mocks, with the configuration of `stack`."""
    values = settings(stack)
    values["kubernetes"] = {**values["kubernetes"], "kubeconfig": str(stack.platform.kubeconfig)}
    secrets = {"giteaPassword": stack.platform.gitea_password, "webhookSecret": webhook_secret}
    result = program.run("dev", values, secrets)
    return [r.inputs for r in result.recorder.resources if r.type.startswith("kubernetes:")]


def differing(ours: Iterable[dict[str, Any]], theirs: Iterable[dict[str, Any]]) -> list[str]:
    """Return kind and name of each object that is not the same on both sides."""
    left, right = _by_name(ours), _by_name(theirs)
    return sorted(name for name in left.keys() | right.keys() if left.get(name) != right.get(name))


def _by_name(objects: Iterable[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    found = {}
    for content in objects:
        metadata = dict(content["metadata"])
        annotations = metadata.pop("annotations", {})
        if kept := {key: value for key, value in annotations.items() if key not in _INSTRUCTIONS}:
            metadata["annotations"] = kept
        found[f"{content['kind']} {metadata['name']}"] = {**content, "metadata": metadata}
    return found
