"""An id of the stack, which differs from a stack of the same name in another backend."""

import secrets
from typing import Any

from pulumi import dynamic

from components.dynamic.provider import Provider

_BYTES = 4


class StackIdProvider(Provider):
    """Generates the digits once."""

    def create(self, props: dict[str, Any]) -> dynamic.CreateResult:
        """Return new random digits."""
        return dynamic.CreateResult(secrets.token_hex(_BYTES), props)


class StackId(dynamic.Resource, name="StackId"):
    """Eight random hexadecimal digits: the resource's id. They stay the same until the stack is destroyed."""

    def __init__(self, name: str) -> None:
        super().__init__(StackIdProvider(), name, {})
