"""A webhook secret that Pulumi generates once and keeps encrypted in its state.

Owns the value and its rotation. Does not put it into the cluster; `KargoProject` does.
"""

import secrets
from typing import Any

import pulumi
from pulumi import dynamic

from components.dynamic.provider import Provider

_BYTES = 32


class WebhookSecretProvider(Provider):
    """Generates the value; another `rotation` generates another one."""

    replacing = ("rotation",)

    def create(self, props: dict[str, Any]) -> dynamic.CreateResult:
        """Return a new random value."""
        return dynamic.CreateResult("webhook-secret", {**props, "value": secrets.token_hex(_BYTES)})


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
            WebhookSecretProvider(),
            name,
            {"rotation": rotation, "value": None},
            pulumi.ResourceOptions.merge(opts, secret),
        )
