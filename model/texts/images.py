"""Names of images below their owner."""

import re
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

from model.problem import refusal

# The grammar of the OCI distribution specification 1.1.
_COMPONENT = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_IMAGE_NAME = re.compile(rf"{_COMPONENT}(?:/{_COMPONENT})*")


def _image_name(value: str) -> str:
    if "://" in value:
        raise refusal("has a scheme; write the name alone, such as backstage-cnoe")
    if ":" in value or "@" in value:
        raise refusal("has a tag or digest; write the name alone, Kargo chooses the tag: backstage-cnoe")
    if not _IMAGE_NAME.fullmatch(value):
        raise refusal("not an image name; write lower-case letters, digits and single . _ - between them")
    return value


ImageName = Annotated[
    str, AfterValidator(_image_name), WithJsonSchema({"type": "string", "pattern": f"^{_IMAGE_NAME.pattern}$"})
]
