"""Stack configuration: the only module that reads `pulumi.Config`.

Secrets never enter a model: they stay Pulumi Outputs beside it, on `StackConfig`. Nothing here registers a resource, so
bad configuration changes nothing.
"""

from dataclasses import dataclass

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env
from pydantic import ValidationError

from config_errors import ConfigError, Problem, nearest, problems
from registries import Registry
from stack_model import StackModel

SECRET_KEYS = ("giteaPassword", "webhookSecret")
_SECRET_LENGTH = 32


@dataclass(frozen=True)
class StackConfig:
    """Everything the stack's configuration says.

    Args:
        model: the plain keys.
        registry: the registry that `model.registry` describes.
        gitea_password: password or access token of `credentials.username`; None where no Gitea is written to.
        webhook_secret: secret of the webhook receivers; None means one is generated.
    """

    model: StackModel
    registry: Registry
    gitea_password: pulumi.Output[str] | None
    webhook_secret: pulumi.Output[str] | None


def load() -> StackConfig:
    """Read and check the stack's configuration.

    Returns:
        The configuration, checked.

    Raises:
        ConfigError: with one line per mistake; no line repeats a secret.
    """
    config = pulumi.Config()
    keys = {field.alias or name: field for name, field in StackModel.model_fields.items()}
    found = _unknown_keys(config.name, [*keys, *SECRET_KEYS])
    raw: dict[str, object] = {}
    for key in keys:
        try:
            value = config.get(key) if key in ("environment", "caBundle") else config.get_object(key)
        except pulumi.ConfigTypeError:
            found.append(Problem(key, "not a mapping or list; write it as YAML in the stack's file"))
            continue
        if value not in (None, ""):  # the engine writes the default of an optional key, an empty text or mapping
            raw[key] = value
    try:
        model = StackModel.model_validate(raw)
    except ValidationError as error:
        unread = {problem.path for problem in found}
        found += [problem for problem in problems(error, StackModel) if problem.path not in unread]
        raise ConfigError(pulumi.get_stack(), found) from None
    found += [*_missing_secrets(config, model), *_weak_secrets(config)]
    if found:
        raise ConfigError(pulumi.get_stack(), found)
    return StackConfig(
        model=model,
        registry=model.registry.to_registry(),
        gitea_password=config.get_secret("giteaPassword"),
        webhook_secret=config.get_secret("webhookSecret"),
    )


def _unknown_keys(project: str, known: list[str]) -> list[Problem]:
    """Pulumi ignores a misspelt top-level key; refuse it."""
    given = {**get_config_env(), **CONFIG.get()}
    keys = [key.removeprefix(f"{project}:") for key in given if key.startswith(f"{project}:")]
    return [Problem(key, f"unknown key; {nearest(key, known)}") for key in keys if key not in known]


def _missing_secrets(config: pulumi.Config, model: StackModel) -> list[Problem]:
    uses = []
    if model.credentials.key_vault:
        uses.append("the Key Vault secret")
    if model.registry.kind == "gitea" and model.webhooks.registration:
        uses.append("the webhook in Gitea")
    if not uses or config.get("giteaPassword"):
        return []
    command = f"pulumi config set --secret {config.name}:giteaPassword --stack {pulumi.get_stack()}"
    return [Problem("giteaPassword", f"missing, and needed for {' and '.join(uses)}; run: {command}")]


def _weak_secrets(config: pulumi.Config) -> list[Problem]:
    """Refuse a short secret: a receiver's path is a hash of it and stands in the cluster, for anyone to guess from."""
    secret = config.get("webhookSecret")
    if secret is None or len(secret) >= _SECRET_LENGTH:
        return []
    command = f"pulumi config set --secret {config.name}:webhookSecret --stack {pulumi.get_stack()}"
    return [
        Problem(
            "webhookSecret",
            f"shorter than {_SECRET_LENGTH} characters; remove it to have one generated, or run: "
            f"openssl rand -hex {_SECRET_LENGTH} | {command}",
        )
    ]
