"""Which Secret Kargo 1.11 takes for a repository (pkg/credentials/kubernetes/database.go)."""

from dataclasses import dataclass, field
from typing import Literal

from sandbox.names import CRED_TYPE
from sandbox.real.objects import Objects, clear
from sandbox.standins.controllers.kargo.libraries import Libraries


@dataclass(frozen=True)
class Login:
    """A username and its password; Kargo uses one without a password like none."""

    username: str
    password: str = field(repr=False)


class Credentials:
    """Looks credentials up anew each time, as Kargo does.

    Args:
        objects: the cluster.
        libraries: normalize addresses and match regular expressions.
    """

    def __init__(self, objects: Objects, libraries: Libraries) -> None:
        self._objects = objects
        self._libraries = libraries

    def find(self, namespace: str, cred_type: Literal["image", "git"], repository: str) -> Login | None:
        """Return the login of the first Secret by name that matches; there is no second try with another.

        Of namespaces only the project's is searched: this project writes no shared credentials.
        """
        if repository.startswith("http://"):
            return None
        normalized = self._libraries.normalized(cred_type, repository)
        label = f"{CRED_TYPE}={cred_type}"
        for secret in self._objects.all("v1", "Secret", namespace, label_selector=label):
            data = clear(secret)
            wanted = data.get("repoURL")
            if wanted is None:
                continue
            if data.get("repoURLIsRegex") == "true":
                found = any(self._libraries.matches(wanted, text) for text in (repository, normalized))
            else:
                found = self._libraries.normalized(cred_type, wanted) == normalized
            if found:
                return Login(data.get("username", ""), data.get("password", ""))
        return None
