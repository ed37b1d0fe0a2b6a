"""The pauses between the attempts of a controller whose work fails."""

import time
from collections.abc import Hashable

_FIRST_SECONDS, _LONGEST_SECONDS = 1.0, 7 * 60.0


class Attempts:
    """Objects whose last attempt failed, with the pauses of External Secrets 2.9: 1 s, 2 s, … up to 7 minutes.

    A changed object is tried at once, as the watch of a controller does.
    """

    def __init__(self) -> None:
        self._failed: dict[Hashable, tuple[str, int, float]] = {}

    def due(self, key: Hashable, version: str) -> bool:
        """Return whether to try an object now. `version` differs after a change of the object."""
        known, _, since = self._failed.get(key, ("", 0, 0.0))
        return known != version or time.monotonic() >= since

    def failed(self, key: Hashable, version: str) -> None:
        """Remember a failure."""
        _, failures, _ = self._failed.get(key, ("", 0, 0.0))
        pause = min(_FIRST_SECONDS * 2**failures, _LONGEST_SECONDS)
        self._failed[key] = (version, failures + 1, time.monotonic() + pause)

    def succeeded(self, key: Hashable) -> None:
        """Forget the failures of an object."""
        self._failed.pop(key, None)
