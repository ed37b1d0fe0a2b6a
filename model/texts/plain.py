"""Any text with something in it."""

from typing import Annotated

from pydantic import StringConstraints

NonEmpty = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
