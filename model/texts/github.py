"""What GitHub calls an App and its installation."""

import re
from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema

from model.texts.plain import digits_as_text, matching

_CLIENT_ID = re.compile(r"Iv[A-Za-z0-9.]{8,60}")
# Kargo reads it as a number of 64 bits.
_INSTALLATION_ID = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)

ClientId = Annotated[
    str,
    matching(_CLIENT_ID, "not the client ID of a GitHub App; write the one on its settings page, such as Iv23liAbCdEf"),
]
InstallationId = Annotated[
    str,
    BeforeValidator(digits_as_text),
    matching(_INSTALLATION_ID, "not the number of an installation; write the last part of its page's address"),
    WithJsonSchema({"anyOf": [{"type": "integer"}, {"type": "string", "pattern": f"^{_INSTALLATION_ID.pattern}$"}]}),
]
