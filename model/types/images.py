"""Names and tags of images."""

import re
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

from model.problem import refusal
from model.types.plain import matching

# The intersection of the OCI distribution specification 1.1, which allows several dashes between letters, and Kargo
# 1.11, which allows underscores anywhere.
_COMPONENT = r"[a-z0-9]+(?:(?:[._-]|__)[a-z0-9]+)*"
_IMAGE_NAME = re.compile(rf"{_COMPONENT}(?:/{_COMPONENT})*")
LONGEST_REPOSITORY = 255
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_PLATFORM = re.compile(r"[a-z0-9]+/[a-z0-9]+(?:/[a-z0-9]+)?")


def _image_name(value: str) -> str:
    if "://" in value:
        raise refusal("contains a scheme; write the name only, such as backstage-cnoe")
    if ":" in value or "@" in value:
        raise refusal("contains a tag or digest; write the name only, such as backstage-cnoe: Kargo selects the tag")
    if len(value) > LONGEST_REPOSITORY or not _IMAGE_NAME.fullmatch(value):
        raise refusal("not an image name; write lower-case letters, digits and single . _ - between them")
    return value


def is_tag(value: str) -> bool:
    """Return whether `value` is a tag by the OCI distribution specification."""
    return _TAG.fullmatch(value) is not None


ImageName = Annotated[
    str,
    AfterValidator(_image_name),
    WithJsonSchema({"type": "string", "maxLength": LONGEST_REPOSITORY, "pattern": f"^{_IMAGE_NAME.pattern}$"}),
]
Platform = Annotated[str, matching(_PLATFORM, "not a platform; write os/architecture, such as linux/amd64")]
