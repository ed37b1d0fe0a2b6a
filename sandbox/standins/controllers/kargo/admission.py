"""Kargo's admission, as policies of the API server, which applies them to dry runs too.

The policies are those checks of Kargo 1.11 (pkg/webhook/kubernetes) that depend on the cluster: the namespace must be a
project's, a ProjectConfig must have the name of its namespace, and a user who creates, changes or deletes a Promotion
must have the right to `promote` its Stage.
"""

from typing import Any

from sandbox.layout import Layout
from sandbox.names import KARGO, PROJECT_LABEL
from sandbox.real.kubernetes_api import apply, client
from sandbox.real.objects import Objects

_REGISTRATION = "admissionregistration.k8s.io/v1"
_NAME = "kargo-standin"
_PROJECT = f"namespaceObject.metadata.?labels['{PROJECT_LABEL}'].orValue('') == 'true'"
_PROMOTION = "(request.operation == 'DELETE' ? oldObject : object)"
_PROMOTE = (
    "authorizer.group('kargo.akuity.io').resource('stages').namespace(request.namespace)"
    f".name({_PROMOTION}.spec.stage).check('promote').allowed()"
)
_POLICIES: dict[str, tuple[list[str], list[str], list[dict[str, str]]]] = {
    "project": (
        ["freights", "promotions", "promotiontasks", "stages", "warehouses"],
        ["CREATE"],
        [
            {
                "expression": _PROJECT,
                "messageExpression": (
                    "'metadata.namespace: Invalid value: \"' + object.metadata.namespace + '\": namespace \"' + "
                    "object.metadata.namespace + '\" is not a project'"
                ),
            }
        ],
    ),
    "config": (
        ["projectconfigs"],
        ["CREATE"],
        [
            {
                "expression": "object.metadata.name == object.metadata.namespace",
                "messageExpression": (
                    "'metadata.name: Invalid value: \"' + object.metadata.name + '\": name \"' + "
                    "object.metadata.name + '\" must match project name \"' + object.metadata.namespace + '\"'"
                ),
            }
        ],
    ),
    "promoter": (
        ["promotions"],
        ["CREATE", "UPDATE", "DELETE"],
        [
            {
                "expression": _PROMOTE,
                "reason": "Forbidden",
                "messageExpression": (
                    f"'Promotion.kargo.akuity.io \"' + {_PROMOTION}.metadata.name + '\" is forbidden: subject \"' + "
                    "request.userInfo.username + '\" is not permitted to ' + request.operation.lowerAscii() + "
                    f"' Promotions for Stage \"' + {_PROMOTION}.spec.stage + '\"'"
                ),
            }
        ],
    ),
}


def register(layout: Layout) -> None:
    """Register the policies with the API server."""
    api = client(layout.kubeconfig)
    for suffix, policy in _POLICIES.items():
        for manifest in _manifests(f"{_NAME}-{suffix}", *policy):
            apply(api, manifest)


def withdraw(layout: Layout) -> None:
    """Delete the policies: real Kargo has its own admission."""
    objects = Objects(client(layout.kubeconfig))
    for suffix in _POLICIES:
        for kind in ("ValidatingAdmissionPolicyBinding", "ValidatingAdmissionPolicy"):
            objects.delete(_REGISTRATION, kind, None, f"{_NAME}-{suffix}")


def _manifests(
    name: str, resources: list[str], operations: list[str], validations: list[dict[str, str]]
) -> list[dict[str, Any]]:
    group, version = KARGO.split("/")
    rule = {
        "apiGroups": [group],
        "apiVersions": [version],
        "operations": operations,
        "resources": resources,
    }
    policy = {
        "matchConstraints": {"resourceRules": [rule]},
        # Kargo answers with 422. A preview ignores a 403.
        "validations": [{"reason": "Invalid", **validation} for validation in validations],
    }
    binding = {"policyName": name, "validationActions": ["Deny"]}
    known = {"apiVersion": _REGISTRATION, "metadata": {"name": name}}
    return [
        {**known, "kind": "ValidatingAdmissionPolicy", "spec": policy},
        {**known, "kind": "ValidatingAdmissionPolicyBinding", "spec": binding},
    ]
