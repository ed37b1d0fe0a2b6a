"""The base of proofs: resources that are checked when they are made and when their inputs change."""

from typing import Any, ClassVar

from pulumi import dynamic

from components.dynamic.provider import Provider, one_line


class ProofProvider(Provider):
    """A provider whose resource is there once it is proved; there is nothing to be read or deleted.

    Attributes:
        proved: the id of what is proved.
    """

    proved: ClassVar[str]

    def prove(self, props: dict[str, Any]) -> None:
        """Check.

        Raises:
            ServiceError: saying why it does not hold, and what to change.
        """
        raise NotImplementedError

    @one_line
    def create(self, props: dict[str, Any]) -> dynamic.CreateResult:
        """Check what is new."""
        self.prove(props)
        return dynamic.CreateResult(self.proved, props)

    @one_line
    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> dynamic.UpdateResult:
        """Check again, as the new inputs say."""
        self.prove(_news)
        return dynamic.UpdateResult(_news)
