"""Names of objects in Kubernetes."""

import re
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

from model.problem import refusal
from model.texts.plain import matching

# Of DNS too (RFC 1123).
LABEL = r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?"
_PART = r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?"
_DNS_LABEL = re.compile(LABEL)
_DNS_SUBDOMAIN = re.compile(rf"{_PART}(?:\.{_PART})*")
_LONGEST_SUBDOMAIN = 253
# Namespaces that Kubernetes makes, and that Kargo's chart makes (values.yaml, Kargo 1.11).
_KEPT = ("default", "kargo", "kargo-cluster-secrets", "kargo-shared-resources", "kargo-system-resources")


def _dns_label(value: str) -> str:
    if not _DNS_LABEL.fullmatch(value):
        raise refusal(
            "not a Kubernetes name; write at most 63 lower-case letters, digits and '-', "
            "starting and ending with a letter or digit"
        )
    return value


def _project_name(value: str) -> str:
    _dns_label(value)
    if value in _KEPT or value.startswith("kube-"):
        raise refusal(
            "a namespace that Kubernetes or Kargo keeps for itself; write a name of your own, such as backstage"
        )
    return value


_LABEL_SCHEMA = WithJsonSchema({"type": "string", "pattern": f"^{LABEL}$"})

DnsLabel = Annotated[str, AfterValidator(_dns_label), _LABEL_SCHEMA]
DnsSubdomain = Annotated[
    str,
    matching(
        _DNS_SUBDOMAIN,
        f"not a Kubernetes name; write at most {_LONGEST_SUBDOMAIN} lower-case letters, digits, '-' and '.', "
        "each part starting and ending with a letter or digit",
        _LONGEST_SUBDOMAIN,
    ),
]
ProjectName = Annotated[str, AfterValidator(_project_name), _LABEL_SCHEMA]
