"""What the providers of all dynamic resources share."""

from collections.abc import Sequence
from typing import Any

from pulumi import dynamic


class Provider(dynamic.ResourceProvider):
    """A provider whose resources are compared input by input.

    Attributes:
        replacing: inputs that make a new resource when they change.
        updating: inputs that change it in place.
    """

    # The provider is pickled by reference and holds no value, so its code may stand in clear.
    serialize_as_secret_always = False

    replacing: Sequence[str] = ()
    updating: Sequence[str] = ()

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> dynamic.DiffResult:
        """Return whether one of the inputs differs, and which of them replace the resource."""
        replaces = [key for key in self.replacing if _olds.get(key) != _news.get(key)]
        updates = any(_olds.get(key) != _news.get(key) for key in self.updating)
        return dynamic.DiffResult(changes=bool(replaces) or updates, replaces=replaces)
