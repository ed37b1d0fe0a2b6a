"""The credentials that Kargo uses for the image registry and the GitOps repository, and the tokens of announcements.

Owns each labelled Secret and its origin: an ExternalSecret, or the Secret itself if the stack writes the value.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import pulumi

from components.dynamic.login_check import LoginCheck
from components.dynamic.secret_sync import SecretSync
from components.kubernetes import KubernetesObject, secret
from components.owner import Owner
from components.secret_sources import SecretSources
from kargo.credentials import Credential
from kargo.external_secret import external_secret_manifest, secret_name, target
from kargo.project_secret import ProjectSecret
from kargo.project_secrets import project_secrets
from kargo.targets import targets
from model.login import Login
from model.registry import GiteaRegistry, Registry
from model.source import ReadSource, StackSource, identity_of
from model.stack import Stack


@dataclass(frozen=True)
class CredentialsArgs:
    """Arguments of `RegistryCredentials`.

    Args:
        identity: identity of the cluster.
    """

    stack: Stack
    owner: Owner
    identity: pulumi.Output[str]
    secrets: Mapping[str, pulumi.Output[str]]


class RegistryCredentials(pulumi.ComponentResource):
    """Secrets that Kargo finds by label and repository: for images, the GitOps repository, and published images.

    Also the Secrets of the announcements' tokens, which Kargo finds by name.

    Attributes:
        secret_names: name of the Secret by its purpose: `image`, `git`, `publish`, `notify` or `notify-<Stage>`.
        image_secret: name of the Secret for the images; empty if they are public.
    """

    token: ClassVar[str] = "kargo-backstage:index:RegistryCredentials"  # noqa: S105 - Pulumi's type token
    secret_names: pulumi.Output[dict[str, str]]
    image_secret: pulumi.Output[str]

    def __init__(self, name: str, args: CredentialsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(self.token, name, {}, opts)
        stack, self._stack, self._owner, self._identity = args.stack, args.stack, args.owner, args.identity
        found, sources = project_secrets(stack), SecretSources(name, stack, args.owner, args.secrets, self)
        names: dict[str, pulumi.Output[str]] = {}
        external: dict[str, pulumi.Output[str]] = {}
        of_fixed_names: dict[str, pulumi.Output[str]] = {}
        for credential in found:
            if isinstance(credential.source, StackSource):
                names[credential.name] = self._secret(credential, sources.value(credential))
            else:
                created, source = self._external_secret(credential, credential.source, sources)
                names[credential.name] = external[credential.object_name] = created
                if credential.has_fixed_name:
                    of_fixed_names[credential.object_name] = source
        synced: pulumi.Output[str] | None = None
        if external:
            synced = SecretSync(
                f"{name}-synced",
                stack.kubernetes,
                identity=self._identity,
                namespace=stack.kargo.project,
                secrets=external,
                sources=of_fixed_names,
                opts=self._child(),
            ).id
        self.secret_names = pulumi.Output.from_input(synced).apply(lambda _: pulumi.Output.all(**names))
        for credential in found:
            if isinstance(credential, Credential) and not isinstance(credential.source, StackSource):
                self._verify(credential, secret=self.secret_names[credential.name])
        if stack.image_account is None and isinstance(stack.registry, GiteaRegistry):
            self._verify_registry(stack.registry.image_repository(stack.pipelines[0].image))
        self.image_secret = self.secret_names.apply(lambda known: known.get("image", ""))
        self.register_outputs({"secretNames": self.secret_names})

    def _external_secret(
        self, credential: ProjectSecret, source: ReadSource, sources: SecretSources
    ) -> tuple[pulumi.Output[str], pulumi.Output[str]]:
        """Register an ExternalSecret.

        Returns:
            The name of its Secret, known when the ExternalSecret exists, and the name that depends on the source.
        """
        manifest = external_secret_manifest(credential, source, sources.store_names, self._stack.kargo.project)
        spec = manifest["spec"]
        identity = identity_of(source)
        of_the_store = [identity.tenant_id, identity.client_id, identity.vault_url] if identity else []
        name = pulumi.Output.from_input(sources.version(credential, source)).apply(
            lambda version: secret_name(credential.object_name, spec, source.rotation, version, *of_the_store)
        )
        named = target(spec, credential, name)
        external = KubernetesObject(
            f"{self.pulumi_resource_name}-{credential.name}",
            {**manifest, "spec": {**spec, "target": named}},
            self._owner,
            self._child(sources.store(source)),
        )
        return pulumi.Output.all(external.id, named["name"]).apply(lambda known: str(known[1])), name

    def _secret(self, credential: ProjectSecret, value: pulumi.Output[str]) -> pulumi.Output[str]:
        """Register the Secret itself; return its name, known when it exists.

        Kargo reads a new value at the next use, so the login check comes first.
        """
        manifest = credential.secret_manifest(self._stack.kargo.project)
        data: dict[str, pulumi.Input[str]] = {**credential.data(), credential.secret_key: value}
        name = f"{self.pulumi_resource_name}-{credential.name}"
        verified = self._verify(credential, value=value) if isinstance(credential, Credential) else []
        created = secret(name, manifest, data, self._owner, self._child(verified))
        return created.id.apply(lambda _: str(manifest["metadata"]["name"]))

    def _verify(
        self, credential: Credential, secret: pulumi.Input[str] = "", value: pulumi.Input[str] | None = None
    ) -> list[pulumi.Resource]:
        """Register the login check, unless the login switches it off or is a GitHub App."""
        login, stack = credential.account.login, self._stack
        if not isinstance(login, Login) or not login.verify:
            return []
        check = LoginCheck(
            f"{self.pulumi_resource_name}-{credential.name}-login",
            stack.kubernetes,
            identity=self._identity,
            namespace=stack.kargo.project,
            secret=secret,
            cred_type=credential.cred_type,
            repository=credential.tried_at,
            username=login.username,
            value=value,
            ca_bundle=stack.ca_bundle,
            opts=self._child(),
            provider=stack.git_ops.provider if credential.name == "git" else "",
            targets=targets(stack) if credential.name == "git" else (),
        )
        return [check]

    def _verify_registry(self, image_repository: str) -> None:
        """Register the check of a registry without a login. The host of GHCR needs none."""
        stack = self._stack
        LoginCheck(
            f"{self.pulumi_resource_name}-image-registry",
            stack.kubernetes,
            identity=self._identity,
            namespace=stack.kargo.project,
            secret="",
            cred_type="image",
            repository=image_repository,
            username="",
            value=None,
            ca_bundle=stack.ca_bundle,
            opts=self._child(),
        )

    def _child(self, depends_on: list[pulumi.Resource] | None = None) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, depends_on=depends_on)


class GiteaCredentials(RegistryCredentials):
    """Credentials of a stack whose images are in Gitea: a resource type of its own, and nothing else."""

    token = "kargo-backstage:index:GiteaCredentials"  # noqa: S105 - Pulumi's type token


def credentials_component(registry: Registry) -> tuple[type[RegistryCredentials], list[pulumi.Alias]]:
    """Return the component for a registry, and an alias for the other one.

    A parent's type is part of a URN: without the alias, moving the images to GHCR would replace every credential.
    """
    classes = (GiteaCredentials, RegistryCredentials)
    one, other = classes if isinstance(registry, GiteaRegistry) else classes[::-1]
    return one, [pulumi.Alias(type_=other.token)]
