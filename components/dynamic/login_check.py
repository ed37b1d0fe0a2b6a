"""A check that a server accepts the login in a credential's Secret, and has what Promotions need.

It runs when the Secret, its purpose or the cluster changes. It tries the login that Kargo will use, so it reads the
Secret from the cluster, and the state contains no password. A value that the stack itself writes is tried before it is
written.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import pulumi
from pulumi import dynamic

from components.dynamic.provider import CheckProvider, Cluster, inputs_of, tell

if TYPE_CHECKING:
    from clients.sign_in import User


class LoginCheckProvider(CheckProvider):
    """Signs in once. For a Git repository it then looks at the branches and images files."""

    passed = "accepted"
    updating = ("cluster", "namespace", "secret", "credType", "repository", "username", "value", "provider", "targets")

    def check_service(self, props: dict[str, Any]) -> None:
        """Sign in. If the server cannot be reached from this machine, print a warning and continue."""
        from clients import sign_in  # noqa: PLC0415 - only the provider's own process speaks HTTP

        if not props["username"]:
            _require_registry(props)
            return
        user = _user(props)
        try:
            if props["credType"] == "image":
                sign_in.sign_in_at_registry(props["repository"], user, props["caBundle"])
                return
            sign_in.sign_in_at_git(props["repository"], user, props["caBundle"])
        except sign_in.UnreachableError as error:
            tell(f"warning: the login was not verified: {error}")
            return
        _look_at_targets(props, user)


def _require_registry(props: dict[str, Any]) -> None:
    """Require a registry for public images, for which `up` has no login. A certificate is Kargo's own matter."""
    from clients.connection import ServiceError  # noqa: PLC0415
    from clients.sign_in import NotARegistryError, require_registry  # noqa: PLC0415

    try:
        require_registry(props["repository"].partition("/")[0], props["caBundle"])
    except NotARegistryError:
        raise
    except ServiceError as error:
        tell(f"warning: the registry was not verified: {error}")


def _look_at_targets(props: dict[str, Any], user: "User") -> None:
    """Look at the branches and images files. Kargo itself needs Git only, so the API may refuse."""
    from clients.connection import ServiceError  # noqa: PLC0415
    from clients.repository import Repository, RepositoryError  # noqa: PLC0415
    from clients.targets import Target, check_targets  # noqa: PLC0415

    try:
        with Repository(props["repository"], user, props["caBundle"], props["provider"]) as repository:
            warnings = check_targets(repository, [Target(**target) for target in props["targets"]])
    except RepositoryError:
        raise
    except ServiceError as error:
        tell(f"warning: the branches and images files were not verified: {error}")
        return
    for warning in warnings:
        tell(f"warning: {warning}")


def _user(props: dict[str, Any]) -> "User":
    from clients.cluster import read_secret  # noqa: PLC0415
    from clients.sign_in import User  # noqa: PLC0415

    if props["value"]:
        return User(props["username"], props["value"])
    data = read_secret(props["kubeconfig"], props["context"], props["namespace"], props["secret"])
    # The vault may contain the username as well.
    return User(data.get("username") or props["username"], data.get("password", ""))


class LoginCheck(dynamic.Resource, name="LoginCheck"):
    """A login that a server accepted. If it does not, or lacks a branch, `up` fails with the reason.

    Args:
        cluster: cluster of the Secret.
        identity: identity of the cluster. On another cluster the login is verified again.
        namespace: namespace of the Secret.
        secret: name of the Secret, known when it exists; empty if there is a `value`.
        cred_type: Kargo's credential type.
        repository: repository of an image, or URL of a Git repository.
        username: user that signs in; empty for public images, whose registry must answer.
        value: the password, if the stack itself writes it (secret); else None.
        provider: server of a Git repository, `gitea` or `github`.
        targets: places in a Git repository that Promotions write, as arguments of `clients.targets.Target`.
    """

    def __init__(
        self,
        name: str,
        cluster: Cluster,
        *,
        identity: pulumi.Input[str],
        namespace: str,
        secret: pulumi.Input[str],
        cred_type: Literal["image", "git"],
        repository: str,
        username: str,
        value: pulumi.Input[str] | None,
        ca_bundle: str | None,
        opts: pulumi.ResourceOptions,
        provider: str = "",
        targets: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        props = {
            **inputs_of(cluster),
            "cluster": identity,
            "namespace": namespace,
            "secret": secret,
            "credType": cred_type,
            "repository": repository,
            "username": username,
            "value": pulumi.Output.secret(value if value is not None else ""),
            "caBundle": ca_bundle or "",
            "provider": provider,
            "targets": [dict(target) for target in targets],
        }
        super().__init__(LoginCheckProvider(), name, props, opts)
