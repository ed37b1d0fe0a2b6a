"""The real API server accepts every object of the program with the real CRDs, and prunes nothing.

The CRDs leave a Warehouse's subscriptions and the config of promotion steps open; Kargo itself checks those, in
tests/e2e.
"""

from typing import Any

import pytest

from sandbox.names import PROJECT_LABEL
from tests.logins import FORMS
from tests.program import OTHER_PASSWORD, SECRET, WITH_PASSWORD, run, stack_values

pytestmark = pytest.mark.contract

_VERIFICATION = {
    "analysisTemplates": [{"name": "smoke"}, {"name": "load", "kind": "ClusterAnalysisTemplate"}],
    "args": [{"name": "freight", "value": "${{ ctx.targetFreight.name }}"}],
}
_STEP = {
    "as": "calendar",
    "uses": "http",
    "if": "${{ ctx.stage != '' }}",
    "continueOnError": True,
    "retry": {"errorThreshold": 3, "timeout": "1h"},
    "vars": [{"name": "page", "value": "${{ ctx.stage }}"}],
    "config": {
        "url": "https://calendar.example.com/${{ vars.page }}",
        "headers": [{"name": "Authorization", "value": "Bearer ${{ secret('calendar').token }}"}],
    },
}
_TASK = {"as": "ticket", "task": {"name": "open-ticket"}, "vars": [{"name": "title", "value": "t"}]}
_CLUSTER_TASK = {"as": "audit", "task": {"name": "audit", "kind": "ClusterPromotionTask"}}
_NEXTJS = {
    "name": "nextjs",
    "image": "nextjs",
    "reference": "tagAndDigest",
    "shard": "west",
    "backstageComponent": "Shop_2.web",
    "warehouse": {
        "constraint": ">=10",
        "interval": "24h",
        "discoveryLimit": 7,
        "ignoreTagsRegexes": ["-rc$"],
        "platform": "linux/amd64",
    },
    "stages": [
        {
            "name": "dev",
            "promoters": ["team"],
            "promoteBy": "pullRequest",
            "pullRequest": {"labels": ["deploy"], "timeout": "72h"},
        },
        {
            "name": "qa",
            "promoteBy": "pullRequest",
            "pullRequest": {"merge": True, "mergeMethod": "squash"},
            "verification": _VERIFICATION,
        },
        {
            "name": "prod",
            "upstream": ["dev", "qa"],
            "availabilityStrategy": "All",
            "requiredSoakTime": "90m",
            "branch": "env/prod",
            "imagesFile": "apps/{app}/{stage}.json",
            "argoCD": {"apps": [{"name": "nextjs"}, {"name": "backstage", "namespace": "argocd-apps"}]},
            "httpCheck": {
                "url": "http://nextjs.svc/healthz",
                "failureExpression": "response.status == 500",
                "retry": {"timeout": "1m"},
            },
            "publish": True,
            "steps": {"before": [_STEP], "after": [_TASK, _CLUSTER_TASK]},
        },
        {
            "name": "dr",
            "upstream": ["prod"],
            "autoPromotion": True,
            "selectionPolicy": "MatchUpstream",
            "notify": {"url": "https://alerts.example.com/api/v2/alerts", "token": {"from": "stack"}},
        },
        {"name": "eu", "upstream": ["prod"], "promoteBy": "pullRequest", "pullRequest": {"description": "details"}},
    ],
}
_PUBLISHED = {
    "gitOps": {"message": "chore({pipeline}-{stage}): {tag} [skip ci]"},
    "registry": {"insecureSkipTLSVerify": False},
    "publishTo": {"kind": "ghcr", "owner": "team", "login": {"username": "robot", "password": {"from": "stack"}}},
}
_ANNOUNCED = {
    "notify": {
        "url": "https://slack.com/api/chat.postMessage",
        "token": {"from": "azureKeyVault", "secretStore": "azure-keyvault-store", "key": "slack"},
        "on": ["failed", "succeeded"],
        "body": {"channel": "C0123456789", "text": "{app} {tag}: {result} {link}"},
    }
}
_OWN_SECRETS = {
    **WITH_PASSWORD,
    "webhookSecret": SECRET,
    "publishPassword": OTHER_PASSWORD,
    "notifyToken": OTHER_PASSWORD,
}
_VARIANTS: dict[str, tuple[str, dict[str, Any], dict[str, str] | None]] = {
    "dev": ("dev", {}, None),
    "prod": ("prod", {}, None),
    "every-way": (
        "dev",
        {"pipelines": [*stack_values("dev")["pipelines"], _NEXTJS], **_PUBLISHED, **_ANNOUNCED},
        _OWN_SECRETS,
    ),
    **{name: (form.stack, form.changes, form.secrets) for name, form in FORMS.items()},
}


def objects(variant: str, project: str) -> list[dict[str, Any]]:
    """Return the Kubernetes objects of a variant in a Kargo project."""
    stack, changes, secrets = _VARIANTS[variant]
    changes = {**changes, "kargo": {**changes.get("kargo", {}), "project": project}}
    return [
        {key: value for key, value in registered.inputs.items() if value is not None}
        for registered in run(stack, changes, secrets).recorder.resources
        if registered.type.startswith("kubernetes:")
    ]


def missing(sent: Any, stored: Any, path: str = "") -> list[str]:
    """Return the paths in `sent` that `stored` lacks or has otherwise."""
    if isinstance(sent, dict) and isinstance(stored, dict):
        return [p for key, value in sent.items() for p in missing(value, stored.get(key), f"{path}.{key}")]
    if isinstance(sent, list) and isinstance(stored, list) and len(sent) == len(stored):
        return [p for i, value in enumerate(sent) for p in missing(value, stored[i], f"{path}[{i}]")]
    return [] if sent == stored else [path]


def project_namespace(api: Any, name: str) -> str:
    """Make the namespace of a Kargo project, which Kargo's admission knows by the label; return its name."""
    metadata = {"name": f"contract-{name}", "labels": {PROJECT_LABEL: "true"}}
    api.resources.get(api_version="v1", kind="Namespace").create(body={"metadata": metadata})
    return str(metadata["name"])


@pytest.mark.usefixtures("kubeconfig")
@pytest.mark.parametrize("variant", _VARIANTS)
def test_every_object_is_stored_as_it_was_sent(api, variant):
    namespace = project_namespace(api, variant)
    sent_objects = objects(variant, namespace)
    assert {"ProjectConfig", "Secret", "Warehouse", "Stage"} <= {sent["kind"] for sent in sent_objects}
    for sent in sent_objects:
        resource = api.resources.get(api_version=sent["apiVersion"], kind=sent["kind"])
        if not resource.namespaced:
            # The namespace is there, and a Project would get a namespace of Kargo's.
            sent["metadata"]["name"] = f"{namespace}-{sent['kind'].lower()}"
        stored = resource.create(
            body=sent,
            namespace=sent["metadata"].get("namespace"),
            query_params=[("fieldValidation", "Strict")] + ([] if resource.namespaced else [("dryRun", "All")]),
        ).to_dict()
        sent.pop("stringData", None)
        assert missing(sent, stored) == [], sent["kind"]


@pytest.mark.usefixtures("kubeconfig")
def test_a_misspelt_field_would_be_found(api):
    namespace = project_namespace(api, "misspelt")
    warehouse = next(sent for sent in objects("dev", namespace) if sent["kind"] == "Warehouse")
    warehouse["spec"]["freightCreation"] = warehouse["spec"].pop("freightCreationPolicy")
    resource = api.resources.get(api_version=warehouse["apiVersion"], kind="Warehouse")
    stored = resource.create(body=warehouse, namespace=namespace, query_params=[("dryRun", "All")]).to_dict()
    assert missing(warehouse, stored) == [".spec.freightCreation"]
