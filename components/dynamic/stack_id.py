"""Digits that tell this stack from every other one, also from one of the same name in another backend."""

import secrets
from typing import Any

import pulumi
from pulumi import dynamic

from components.dynamic.provider import Provider

_BYTES = 4


class StackIdProvider(Provider):
    """Generates the digits once."""

    def create(self, props: dict[str, Any]) -> dynamic.CreateResult:
        """Return new random digits."""
        return dynamic.CreateResult(secrets.token_hex(_BYTES), props)


class StackId(dynamic.Resource, name="StackId"):
    """Eight hexadecimal digits, the resource's id, from the system's random source; they stay while the stack does.

    Args:
        name: Pulumi name.
        opts: Pulumi options.
    """

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(StackIdProvider(), name, {}, opts)
