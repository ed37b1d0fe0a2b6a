"""Names of Kubernetes objects."""

import re
from typing import Annotated

from pydantic import AfterValidator

from model.problem import refusal
from model.types.plain import matching

# A DNS label (RFC 1123).
LABEL = r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?"
_PART = r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?"
_DNS_SUBDOMAIN = re.compile(rf"{_PART}(?:\.{_PART})*")
_LONGEST_SUBDOMAIN = 253
# Namespaces of Kubernetes and of Kargo's chart (values.yaml, Kargo 1.11).
_KEPT = ("default", "kargo", "kargo-cluster-secrets", "kargo-shared-resources", "kargo-system-resources")


def _not_reserved(value: str) -> str:
    if value in _KEPT or value.startswith("kube-"):
        raise refusal("reserved by Kubernetes or Kargo; write another name, such as backstage")
    return value


DnsLabel = Annotated[
    str,
    matching(
        re.compile(LABEL),
        "not a Kubernetes name; write at most 63 lower-case letters, digits and '-', "
        "starting and ending with a letter or digit",
    ),
]
DnsSubdomain = Annotated[
    str,
    matching(
        _DNS_SUBDOMAIN,
        f"not a Kubernetes name; write at most {_LONGEST_SUBDOMAIN} lower-case letters, digits, '-' and '.', "
        "each part starting and ending with a letter or digit",
        _LONGEST_SUBDOMAIN,
    ),
]
LabelValue = Annotated[
    str,
    matching(
        re.compile(r"[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"),
        "not a Kubernetes label value; write at most 63 letters, digits and - _ . , starting and ending with a letter "
        "or digit",
    ),
]
ProjectName = Annotated[DnsLabel, AfterValidator(_not_reserved)]
