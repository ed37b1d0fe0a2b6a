"""A webhook secret that Pulumi generates once and keeps encrypted in its state.

Owns the value and its rotation. Does not put it into the cluster; `KargoProject` does.
"""

import secrets
from typing import Any

import pulumi
from pulumi import dynamic

_BYTES = 32


class _WebhookSecretProvider(dynamic.ResourceProvider):
    # The provider is pickled by reference and holds no value, so its code may stand in clear.
    serialize_as_secret_always = False

    def create(self, props: dict[str, Any]) -> dynamic.CreateResult:
        return dynamic.CreateResult("webhook-secret", {**props, "value": secrets.token_hex(_BYTES)})

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> dynamic.DiffResult:
        rotated = _olds.get("rotation") != _news.get("rotation")
        return dynamic.DiffResult(changes=rotated, replaces=["rotation"] if rotated else [])


class WebhookSecret(dynamic.Resource, name="WebhookSecret"):
    """64 hexadecimal digits from the system's random source.

    Args:
        name: Pulumi name.
        rotation: any text; another text generates another value.
        opts: Pulumi options.

    Attributes:
        value: the secret.
    """

    value: pulumi.Output[str]

    def __init__(self, name: str, rotation: str, opts: pulumi.ResourceOptions | None = None) -> None:
        secret = pulumi.ResourceOptions(additional_secret_outputs=["value"])
        super().__init__(
            _WebhookSecretProvider(),
            name,
            {"rotation": rotation, "value": None},
            pulumi.ResourceOptions.merge(opts, secret),
        )
