"""Names and tags of images."""

import re
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

from model.problem import refusal

# The intersection of the OCI distribution specification 1.1, which allows several dashes between letters, and Kargo
# 1.11, which allows underscores anywhere.
_COMPONENT = r"[a-z0-9]+(?:(?:[._-]|__)[a-z0-9]+)*"
_IMAGE_NAME = re.compile(rf"{_COMPONENT}(?:/{_COMPONENT})*")
LONGEST_REPOSITORY = 255
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
# GOOS and GOARCH of Go 1.26, and the system of WebAssembly images.
_SYSTEMS = (
    *(
        "aix",
        "android",
        "darwin",
        "dragonfly",
        "freebsd",
        "illumos",
        "ios",
        "js",
        "linux",
        "netbsd",
        "openbsd",
        "plan9",
    ),
    *("solaris", "wasi", "wasip1", "windows"),
)
_ARCHITECTURES = (
    *("386", "amd64", "arm", "arm64", "loong64", "mips", "mips64", "mips64le", "mipsle", "ppc64", "ppc64le", "riscv64"),
    *("s390x", "wasm"),
)
# What other programs call them: `uname -m`, Debian, and file names of releases.
_OTHER_NAMES = {
    **dict.fromkeys(("aarch64", "armv8", "arm64v8"), "arm64"),
    **dict.fromkeys(("x86_64", "x86-64", "x64"), "amd64"),
    **dict.fromkeys(("x86", "i386", "i486", "i586", "i686", "ia32"), "386"),
    **dict.fromkeys(("armv7", "armv7l", "armhf", "arm32v7"), "arm/v7"),
    **dict.fromkeys(("armv6", "armv6l", "armel", "arm32v6"), "arm/v6"),
    **dict.fromkeys(("macos", "macosx", "osx"), "darwin"),
    "ppc64el": "ppc64le",
}
_VARIANT = re.compile(r"v[1-9][0-9]?(?:\.[0-9])?")
_HAVE_VARIANTS = ("amd64", "arm", "arm64")


def _image_name(value: str) -> str:
    if "://" in value:
        raise refusal("contains a scheme; write the name only, such as backstage-cnoe")
    if ":" in value or "@" in value:
        raise refusal("contains a tag or digest; write the name only, such as backstage-cnoe: Kargo selects the tag")
    if len(value) > LONGEST_REPOSITORY or not _IMAGE_NAME.fullmatch(value):
        raise refusal("not an image name; write lower-case letters, digits and single . _ - between them")
    return value


def _platform(value: str) -> str:
    """Return the platform. Kargo compares it with the names in an image index, which are Go's (OCI image index)."""
    parts = value.split("/")
    named = next((_OTHER_NAMES[part.lower()] for part in parts if part.lower() in _OTHER_NAMES), None)
    if named:
        raise refusal(f"not the name in an image index, so no image matches; write {named} there, as Go does")
    system, architecture, *variant = [*parts, ""] if len(parts) == 1 else parts
    if not architecture or len(variant) > 1:
        raise refusal("not a platform; write os/architecture, such as linux/amd64")
    if system not in _SYSTEMS or architecture not in _ARCHITECTURES:
        raise refusal("not a GOOS/GOARCH of Go, so no image matches; write os/architecture, such as linux/amd64")
    if variant and (architecture not in _HAVE_VARIANTS or not _VARIANT.fullmatch(variant[0])):
        raise refusal("a variant that no image has; remove it, or write one such as linux/arm/v7")
    return value


def is_tag(value: str) -> bool:
    """Return whether `value` is a tag by the OCI distribution specification."""
    return _TAG.fullmatch(value) is not None


ImageName = Annotated[
    str,
    AfterValidator(_image_name),
    WithJsonSchema({"type": "string", "maxLength": LONGEST_REPOSITORY, "pattern": f"^{_IMAGE_NAME.pattern}$"}),
]
Platform = Annotated[
    str,
    AfterValidator(_platform),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": f"^({'|'.join(_SYSTEMS)})/({'|'.join(_ARCHITECTURES)})(/{_VARIANT.pattern})?$",
        }
    ),
]
