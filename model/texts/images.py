"""Names of images below their owner."""

import re
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

from model.problem import refusal
from model.texts.plain import matching

# What both the OCI distribution specification 1.1 and Kargo 1.11 take: the one allows several dashes between letters,
# the other underscores anywhere.
_COMPONENT = r"[a-z0-9]+(?:(?:[._-]|__)[a-z0-9]+)*"
_IMAGE_NAME = re.compile(rf"{_COMPONENT}(?:/{_COMPONENT})*")
LONGEST_REPOSITORY = 255
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_PLATFORM = re.compile(r"[a-z0-9]+/[a-z0-9]+(?:/[a-z0-9]+)?")


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
ImageTag = Annotated[str, matching(_TAG, "not a tag; write letters, digits, - _ and . alone, such as edge")]
Platform = Annotated[str, matching(_PLATFORM, "not a platform; write os/architecture, such as linux/amd64")]
