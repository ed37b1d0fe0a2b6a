"""The life of one dynamic resource in the order of Pulumi's engine, without an engine."""

from typing import Any

from pulumi import dynamic
from pulumi.dynamic import Config, ConfigureRequest


class OneResource:
    """One resource with its state.

    Args:
        provider: class of its provider.

    Attributes:
        state: id and outputs; None without a resource.
        config: the configuration that the engine passes to the provider; keys without the project's name.
    """

    def __init__(self, provider: type[dynamic.ResourceProvider]) -> None:
        self._provider = provider
        self.state: tuple[str, dict[str, Any]] | None = None
        self.config: dict[str, Any] = {}

    @property
    def provider(self) -> dynamic.ResourceProvider:
        """A provider, configured as at the beginning of a run."""
        provider = self._provider()
        provider.configure(ConfigureRequest(Config({f"p:{key}": value for key, value in self.config.items()}, "p")))
        return provider

    def up(self, props: dict[str, Any], replace: bool = False) -> None:
        """Deploy with `props`; `replace` is Pulumi's option."""
        if self.state is None:
            self.state = self._created(props)
            return
        id_, outs = self.state
        difference = self.provider.diff(id_, outs, props)
        if difference.delete_before_replace:
            self.destroy()
            self.state = self._created(props)
        elif replace or difference.replaces:
            old = self.state
            # Recorded before the old resource is deleted, which may fail.
            self.state = self._created(props)
            self.provider.delete(*old)
        elif difference.changes:
            self.state = (id_, self.provider.update(id_, outs, props).outs or {})

    def refresh(self) -> None:
        """Read the resource again."""
        assert self.state
        found = self.provider.read(*self.state)
        self.state = (found.id, found.outs or {}) if found.id else None

    def destroy(self) -> None:
        """Delete it."""
        assert self.state
        self.provider.delete(*self.state)
        self.state = None

    def _created(self, props: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        made = self.provider.create(dict(props))
        return made.id, made.outs or {}
