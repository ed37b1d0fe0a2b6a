"""The models of the stack's configuration: every key, its type and default, and the checks across keys.

Pure values: nothing here reads configuration (`stack_config`) or knows Pulumi, and no secret enters a model.
"""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from config_errors import Problem, nearest
from config_types import (
    DnsLabel,
    Duration,
    GitUrl,
    HostAndPort,
    HttpsUrl,
    ImagePath,
    JsonKey,
    NonEmpty,
    PositiveDuration,
    ProjectName,
    RelativePath,
    TagRegex,
)
from registries import GhcrRegistry, GiteaRegistry, Registry


class Model(BaseModel):
    """Base of every configuration model: frozen, camelCase keys, unknown keys refused, values kept out of errors."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        alias_generator=to_camel,
        hide_input_in_errors=True,
    )


class KubernetesConfig(Model):
    """The cluster that the stack may change: a `context` of `kubeconfig` (default: KUBECONFIG, else ~/.kube/config)."""

    context: NonEmpty
    kubeconfig: NonEmpty | None = None


class KargoConfig(Model):
    """The Kargo `project`, also the namespace, and the URL of its external webhooks server with its base path."""

    project: ProjectName
    webhooks_base_url: HttpsUrl


class GiteaRegistryConfig(Model):
    """A Gitea registry; see `registries.GiteaRegistry`."""

    kind: Literal["gitea"]
    host: HostAndPort
    owner: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
    image: ImagePath
    insecure_skip_tls_verify: bool = False

    def to_registry(self) -> Registry:
        """Return the value object that components take."""
        return GiteaRegistry(self.host, self.owner, self.image, self.insecure_skip_tls_verify)


class GhcrRegistryConfig(Model):
    """GitHub's registry; see `registries.GhcrRegistry`."""

    kind: Literal["ghcr"]
    owner: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]*$")]
    image: ImagePath

    def to_registry(self) -> Registry:
        """Return the value object that components take."""
        return GhcrRegistry(self.owner, self.image)


class KeyVaultConfig(Model):
    """The Key Vault whose secret this stack owns and writes."""

    resource_group: NonEmpty
    vault_name: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9-]{1,22}[A-Za-z0-9]$")]


class CredentialsConfig(Model):
    """The login for registry and GitOps repository, as External Secrets finds it.

    Args:
        username: user of the password or token.
        secret_store: ClusterSecretStore that reads the vault.
        remote_key: name of the vault's secret.
        refresh_interval: how often External Secrets reads it again (default 1h; 0s means once).
        key_vault: present when this stack owns the vault's secret and writes it from `giteaPassword`.
    """

    username: NonEmpty
    secret_store: DnsLabel
    remote_key: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,127}$")]
    refresh_interval: Duration = "1h0m0s"
    key_vault: KeyVaultConfig | None = None


class GitOpsConfig(Model):
    """The repository that Argo CD syncs and the file in it that holds the image references."""

    provider: Literal["gitea", "github"]
    repo_url: GitUrl
    branch: NonEmpty = "main"
    images_file: RelativePath = ".env-files/images.json"
    app: JsonKey = "backstage"
    insecure_skip_tls_verify: bool = False


class WarehouseConfig(Model):
    r"""Which tags become Freight, newest by SemVer.

    Args:
        allow_tags_regexes: tags that count (default: `^v\d+$`).
        semver_constraint: range such as `>=10` within them; None means any.
        discovery_limit: how many tags Kargo looks back, 1 to 100 (default 20).
        interval: polling interval, the fallback of the webhook (default 5m; Kargo's chart sets a minimum).
    """

    allow_tags_regexes: Annotated[tuple[TagRegex, ...], Field(min_length=1, strict=False)] = (r"^v\d+$",)
    semver_constraint: NonEmpty | None = None
    discovery_limit: Annotated[int, Field(ge=1, le=100)] = 20
    interval: PositiveDuration = "5m0s"


class StageConfig(Model):
    """One promotion Stage.

    Args:
        name: the Stage's name.
        environment: key in the images file that the Stage sets (default: the Stage's name).
        auto_promotion: whether Kargo promotes new Freight by itself (default: no).
        upstream: Stages whose verified Freight it takes; none means straight from the Warehouse.
        promote_by: `push` commits to the branch; `pullRequest` opens one and waits for its merge.
    """

    name: DnsLabel
    environment: JsonKey = Field(default_factory=lambda stage: stage.get("name", ""))
    auto_promotion: bool = False
    upstream: Annotated[tuple[DnsLabel, ...], Field(strict=False)] = ()
    promote_by: Literal["push", "pullRequest"] = "push"


def _stage_problems(stages: tuple[StageConfig, ...]) -> list[Problem]:
    """Kargo accepts a Stage that nothing feeds and never tells; find those, duplicates and shared images-file keys."""
    names = [stage.name for stage in stages]
    environments = [stage.environment for stage in stages]
    found: list[Problem] = []
    for i, stage in enumerate(stages):
        if stage.name in names[:i]:
            found.append(Problem(f"stages[{i}].name", f"'{stage.name}' is there twice; give each Stage its own name"))
        elif environments[i] in environments[:i]:
            found.append(
                Problem(
                    f"stages[{i}].environment",
                    f"'{environments[i]}' is set by another Stage too; name another key",
                )
            )
        for j, upstream in enumerate(stage.upstream):
            if upstream not in names:
                found.append(
                    Problem(f"stages[{i}].upstream[{j}]", f"no Stage '{upstream}'; {nearest(upstream, names)}")
                )
    feeds = {stage.name: stage.upstream for stage in stages}
    fed = {name for name, upstream in feeds.items() if not upstream}
    while reached := {n for n, up in feeds.items() if n not in fed and any(u in fed for u in up)}:
        fed |= reached
    if all(upstream in names for stage in stages for upstream in stage.upstream):
        found.extend(
            Problem(
                f"stages[{i}].upstream",
                "a cycle that the Warehouse never feeds; let one of its Stages have no upstream",
            )
            for i, stage in enumerate(stages)
            if stage.name not in fed
        )
    return found


def _fed(stages: tuple[StageConfig, ...]) -> tuple[StageConfig, ...]:
    if found := _stage_problems(stages):
        raise PydanticCustomError("problems", "see ctx", {"problems": found})
    return stages


class WebhooksConfig(Model):
    """How Gitea's pushes reach Kargo.

    Args:
        registration: whether this program manages Gitea's hooks (default: yes).
        scope: whose packages the hook sees: the image's `owner` (default), the `user` of the credentials, the owning
            `organization` or the whole `system`.
        delivery_proof: whether `up` sends a test delivery to each `generic` receiver (default: yes).
        rotation: any text; changing it generates new webhook secrets.
    """

    registration: bool = True
    scope: Literal["owner", "user", "organization", "system"] = "owner"
    delivery_proof: bool = True
    rotation: Annotated[NonEmpty, BeforeValidator(str)] = "1"


class StackModel(Model):
    """Every plain key of the stack's configuration.

    `ca_bundle` is a PEM file that this machine trusts, beside the system's CAs, when it calls Gitea and Kargo.
    """

    environment: Literal["development", "production"]
    kubernetes: KubernetesConfig
    kargo: KargoConfig
    registry: Annotated[GiteaRegistryConfig | GhcrRegistryConfig, Field(discriminator="kind")]
    credentials: CredentialsConfig
    git_ops: GitOpsConfig
    stages: Annotated[tuple[StageConfig, ...], Field(min_length=1, strict=False), AfterValidator(_fed)]
    warehouse: WarehouseConfig = WarehouseConfig()
    webhooks: WebhooksConfig = WebhooksConfig()
    ca_bundle: NonEmpty | None = None

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if found := _tls_problems(self):
            raise PydanticCustomError("problems", "see ctx", {"problems": found})
        return self


def _tls_problems(model: StackModel) -> list[Problem]:
    if model.environment != "production":
        return []
    off = {"registry": model.registry.to_registry(), "gitOps": model.git_ops}
    return [
        Problem(
            f"{key}.insecureSkipTlsVerify",
            "TLS verification is off in production; remove it and give Kargo the CA (chart value controller.cabundle)",
        )
        for key, value in off.items()
        if value.insecure_skip_tls_verify
    ]
