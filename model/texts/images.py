"""Names of images below their owner."""

import re
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

from model.problem import refusal

# What both the OCI distribution specification 1.1 and Kargo 1.11 take: the one allows several dashes between letters,
# the other underscores anywhere.
_COMPONENT = r"[a-z0-9]+(?:(?:[._-]|__)[a-z0-9]+)*"
_IMAGE_NAME = re.compile(rf"{_COMPONENT}(?:/{_COMPONENT})*")
LONGEST_REPOSITORY = 255


def _image_name(value: str) -> str:
    if "://" in value:
        raise refusal("has a scheme; write the name alone, such as backstage-cnoe")
    if ":" in value or "@" in value:
        raise refusal("has a tag or digest; write the name alone, Kargo chooses the tag: backstage-cnoe")
    if len(value) > LONGEST_REPOSITORY or not _IMAGE_NAME.fullmatch(value):
        raise refusal("not an image name; write lower-case letters, digits and single . _ - between them")
    return value


ImageName = Annotated[
    str,
    AfterValidator(_image_name),
    WithJsonSchema({"type": "string", "maxLength": LONGEST_REPOSITORY, "pattern": f"^{_IMAGE_NAME.pattern}$"}),
]
