"""The proof that External Secrets has made the Secrets of new ExternalSecrets.

Owns the wait, and the reason where it fails: Pulumi's own wait for a condition ends after its time without one. A
Secret's name says what it is made from (`kargo.credentials.secret_name`), so that one which is there has the new value.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi import dynamic

from components.dynamic.proof import ProofProvider


class SyncProofProvider(ProofProvider):
    """Waits until every Secret is there."""

    proved = "synced"
    updating = ("namespace", "secrets")

    def prove(self, props: dict[str, Any]) -> None:
        """Wait."""
        from clients.external_secrets import ExternalSecrets  # noqa: PLC0415 - only this process speaks HTTP

        ExternalSecrets(props["kubeconfig"], props["context"], props["namespace"]).wait(props["secrets"])


@dataclass(frozen=True)
class SyncProofArgs:
    """What is waited for, and where.

    Args:
        context: kubeconfig context.
        namespace: namespace of the ExternalSecrets.
        secrets: ExternalSecret to the Secret that it must have made.
        kubeconfig: path of the kubeconfig; None means the machine's own.
    """

    context: str
    namespace: pulumi.Input[str]
    secrets: Mapping[str, pulumi.Input[str]]
    kubeconfig: str | None = None


class SyncProof(dynamic.Resource, name="SyncProof"):
    """ExternalSecrets that were synced; `up` fails, and says why, where they are not.

    Args:
        name: Pulumi name.
        args: what is waited for.
        opts: Pulumi options.
    """

    def __init__(self, name: str, args: SyncProofArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(
            SyncProofProvider(),
            name,
            {
                "context": args.context,
                "kubeconfig": args.kubeconfig or "",
                "namespace": args.namespace,
                "secrets": dict(args.secrets),
            },
            opts,
        )
