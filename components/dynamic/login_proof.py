"""The proof that the server takes the login in a credential's Secret.

Owns when it is tried: as the Secret changes, or what it is for. It tries what Kargo will use, so it reads the Secret
from the cluster, and nothing of it gets into the state. A value of the stack's own is tried before it is written there.
"""

from dataclasses import dataclass
from typing import Any, Literal

import pulumi
from pulumi import dynamic

from components.dynamic.proof import ProofProvider

CredType = Literal["image", "git"]


class LoginProofProvider(ProofProvider):
    """Signs in once."""

    proved = "accepted"
    updating = ("namespace", "secret", "credType", "repository", "username", "value")

    def prove(self, props: dict[str, Any]) -> None:
        """Sign in; say so where the server cannot be asked from here."""
        from clients.cluster import read_secret  # noqa: PLC0415 - only this process speaks HTTP
        from clients.sign_in import Login, UnreachableError, sign_in_at_git, sign_in_at_registry  # noqa: PLC0415

        password = props["value"]
        if not password:
            data = read_secret(props["kubeconfig"], props["context"], props["namespace"], props["secret"])
            password = data.get("password", "")
        login = Login(props["username"], password)
        sign_in = sign_in_at_registry if props["credType"] == "image" else sign_in_at_git
        try:
            sign_in(props["repository"], login, props["caBundle"])
        except UnreachableError as error:
            # The engine shows what a provider prints.
            print(f"{error}, so its login was not tried", flush=True)  # noqa: T201


@dataclass(frozen=True)
class LoginProofArgs:
    """What is tried where.

    Args:
        context: kubeconfig context.
        namespace: the Secret's namespace.
        secret: the Secret's name, known when it is there; empty where there is a `value`.
        cred_type: Kargo's credential type.
        repository: an image's repository, or the URL of a Git repository.
        username: who signs in.
        value: the password where the stack itself writes it (secret); else None.
        kubeconfig: path of the kubeconfig; None means the machine's own.
        ca_bundle: PEM file to trust beside the system's CAs.
    """

    context: str
    namespace: pulumi.Input[str]
    secret: pulumi.Input[str]
    cred_type: CredType
    repository: str
    username: str
    value: pulumi.Input[str] | None = None
    kubeconfig: str | None = None
    ca_bundle: str | None = None


class LoginProof(dynamic.Resource, name="LoginProof"):
    """A login that was accepted; `up` fails, and says why, where it is not.

    Args:
        name: Pulumi name.
        args: what is tried where.
        opts: Pulumi options.
    """

    def __init__(self, name: str, args: LoginProofArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(
            LoginProofProvider(),
            name,
            {
                "context": args.context,
                "kubeconfig": args.kubeconfig or "",
                "namespace": args.namespace,
                "secret": args.secret,
                "credType": args.cred_type,
                "repository": args.repository,
                "username": args.username,
                "value": pulumi.Output.secret(args.value if args.value is not None else ""),
                "caBundle": args.ca_bundle or "",
            },
            opts,
        )
