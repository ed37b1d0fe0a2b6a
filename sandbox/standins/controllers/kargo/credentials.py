"""The Secret that Kargo 1.11 uses for a repository (pkg/credentials/kubernetes/database.go)."""

from dataclasses import dataclass, field
from typing import Literal

from sandbox.names import CRED_TYPE
from sandbox.real.objects import Objects, clear
from sandbox.standins.controllers.kargo.libraries import Libraries


@dataclass(frozen=True)
class Login:
    """A username and its password. Kargo does not sign in with an empty password."""

    username: str
    password: str = field(repr=False)


class Credentials:
    """The credentials, which are read again at each use, as in Kargo.

    Args:
        objects: the cluster.
        libraries: Kargo's libraries, which normalize addresses and match regular expressions.
    """

    def __init__(self, objects: Objects, libraries: Libraries) -> None:
        self._objects = objects
        self._libraries = libraries

    def find(self, namespace: str, cred_type: Literal["image", "git"], repository: str) -> Login | None:
        """Return the login of the first matching Secret, in the order of names. Kargo tries no other Secret.

        The method searches only the project's namespace, since this project writes no shared credentials.
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
