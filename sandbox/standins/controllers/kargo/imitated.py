"""The errors of steps: for anything that the stand-in does not imitate, and for a step that fails."""

from collections.abc import Iterable


class NotImitatedError(ValueError):
    """A field or value that the stand-in does not imitate. Real Kargo may know it."""

    def __init__(self, what: str) -> None:
        super().__init__(f"the stand-in does not imitate {what}")


class StepFailedError(Exception):
    """A step ends as Failed, not as Errored: a conflict, a closed pull request, or a response that is a failure."""


def only(known: Iterable[str], given: Iterable[str], what: str) -> None:
    """Check that the stand-in imitates all keys.

    Raises:
        NotImitatedError: if it does not. The text names the other keys.
    """
    if more := sorted(set(given) - set(known)):
        raise NotImitatedError(f"{', '.join(more)} of {what}")
