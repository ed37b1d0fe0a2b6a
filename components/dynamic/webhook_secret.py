"""A generated webhook secret, encrypted in the state. `KargoProject` writes it to the cluster."""

import secrets
from typing import Any

import pulumi
from pulumi import dynamic

from components.dynamic.provider import Provider

_BYTES = 32


class WebhookSecretProvider(Provider):
    """Generates the value again when `rotation` changes."""

    replacing = ("rotation",)

    def create(self, props: dict[str, Any]) -> dynamic.CreateResult:
        """Return a new random value."""
        return dynamic.CreateResult("webhook-secret", {**props, "value": secrets.token_hex(_BYTES)})


class WebhookSecret(dynamic.Resource, name="WebhookSecret"):
    """64 hexadecimal digits from the system's random source.

    Args:
        rotation: any text; another text generates another value.

    Attributes:
        value: the secret.
    """

    value: pulumi.Output[str]

    def __init__(self, name: str, rotation: str, opts: pulumi.ResourceOptions) -> None:
        secret = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(additional_secret_outputs=["value"]))
        super().__init__(WebhookSecretProvider(), name, {"rotation": rotation, "value": None}, secret)
