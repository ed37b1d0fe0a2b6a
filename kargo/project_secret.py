"""A Secret in the project's namespace, whose value comes from a source of the stack's file."""

from dataclasses import dataclass
from typing import Literal

from kargo.manifest import Manifest, manifest
from kargo.names import CRED_TYPE_LABEL
from model.source import Source

CredType = Literal["image", "git", "generic"]


@dataclass(frozen=True)
class ProjectSecret:
    """A Secret that Kargo reads.

    Args:
        name: purpose of the Secret, and end of the names of its objects.
        cred_type: Kargo's credential type.
    """

    name: str
    cred_type: CredType

    @property
    def source(self) -> Source:
        """The source of its value."""
        raise NotImplementedError

    @property
    def path(self) -> str:
        """Path of what it is for in the stack's file."""
        raise NotImplementedError

    @property
    def config_keys(self) -> tuple[str, ...]:
        """Encrypted keys that may contain its value, if the stack writes it; the first one given is used."""
        raise NotImplementedError

    @property
    def secret_key(self) -> str:
        """Key of the Secret that contains the value."""
        raise NotImplementedError

    @property
    def has_fixed_name(self) -> bool:
        """Whether the Secret keeps its name when its source changes."""
        return False

    def data(self) -> dict[str, str]:
        """Return the other keys of the Secret."""
        return {}

    @property
    def object_name(self) -> str:
        """Name of its ExternalSecret, and beginning of its Secret's name."""
        return f"credentials-{self.name}"

    @property
    def labels(self) -> dict[str, str]:
        """Labels of the Secret, by which Kargo finds it."""
        return {CRED_TYPE_LABEL: self.cred_type}

    def secret_manifest(self, project: str) -> Manifest:
        """Return the Secret that the stack itself writes, without the value. Its name does not depend on the value."""
        return manifest("v1", "Secret", f"{self.object_name}-stack", project, labels=self.labels)
