"""Kargo's API version, labels and annotations, and the error for what the stand-in leaves out."""

from collections.abc import Iterable

KARGO = "kargo.akuity.io/v1alpha1"

REFRESH = "kargo.akuity.io/refresh"
CRED_TYPE = "kargo.akuity.io/cred-type"
STAGE = "kargo.akuity.io/stage"
ALIAS = "kargo.akuity.io/alias"
HOLD = "kargo.akuity.io/auto-promotion-hold"
RESUME = "kargo.akuity.io/auto-promotion-resume"
ACTOR = "kargo.akuity.io/create-actor"


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
