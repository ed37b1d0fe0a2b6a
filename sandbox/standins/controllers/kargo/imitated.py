"""The error for what the stand-in leaves out."""

from collections.abc import Iterable


class NotImitatedError(ValueError):
    """Something that real Kargo may know, and the stand-in does not."""

    def __init__(self, what: str) -> None:
        super().__init__(f"the stand-in does not imitate {what}")


def only(known: Iterable[str], given: Iterable[str], what: str) -> None:
    """Check that all keys are ones that are imitated.

    Raises:
        NotImitatedError: naming those that are not.
    """
    if more := sorted(set(given) - set(known)):
        raise NotImitatedError(f"{', '.join(more)} of {what}")
