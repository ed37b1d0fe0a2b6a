"""A check that a server accepts the login in a credential's Secret.

It runs when the Secret or its purpose changes. It tries the login that Kargo will use, so it reads the Secret from the
cluster, and the state contains no password. A value that the stack itself writes is tried before it is written.
"""

from typing import Any, Literal

import pulumi
from pulumi import dynamic

from components.dynamic.provider import CheckProvider, Cluster, inputs_of


class LoginCheckProvider(CheckProvider):
    """Signs in once."""

    passed = "accepted"
    updating = ("namespace", "secret", "credType", "repository", "username", "value")

    def check_service(self, props: dict[str, Any]) -> None:
        """Sign in. If the server cannot be reached from this machine, print a warning and continue."""
        from clients.cluster import read_secret  # noqa: PLC0415 - only the provider's own process speaks HTTP
        from clients.sign_in import UnreachableError, User, sign_in_at_git, sign_in_at_registry  # noqa: PLC0415

        password = props["value"]
        if not password:
            data = read_secret(props["kubeconfig"], props["context"], props["namespace"], props["secret"])
            password = data.get("password", "")
        user = User(props["username"], password)
        sign_in = sign_in_at_registry if props["credType"] == "image" else sign_in_at_git
        try:
            sign_in(props["repository"], user, props["caBundle"])
        except UnreachableError as error:
            # The engine shows the output of a provider.
            print(f"warning: the login was not verified: {error}", flush=True)  # noqa: T201


class LoginCheck(dynamic.Resource, name="LoginCheck"):
    """A login that a server accepted. If it does not, `up` fails with the reason.

    Args:
        cluster: cluster of the Secret.
        namespace: namespace of the Secret.
        secret: name of the Secret, known when it exists; empty if there is a `value`.
        cred_type: Kargo's credential type.
        repository: repository of an image, or URL of a Git repository.
        value: the password, if the stack itself writes it (secret); else None.
    """

    def __init__(
        self,
        name: str,
        cluster: Cluster,
        *,
        namespace: str,
        secret: pulumi.Input[str],
        cred_type: Literal["image", "git"],
        repository: str,
        username: str,
        value: pulumi.Input[str] | None,
        ca_bundle: str | None,
        opts: pulumi.ResourceOptions,
    ) -> None:
        props = {
            **inputs_of(cluster),
            "namespace": namespace,
            "secret": secret,
            "credType": cred_type,
            "repository": repository,
            "username": username,
            "value": pulumi.Output.secret(value if value is not None else ""),
            "caBundle": ca_bundle or "",
        }
        super().__init__(LoginCheckProvider(), name, props, opts)
