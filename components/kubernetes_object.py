"""Names and annotations that several Kubernetes objects share."""

import json

CRED_TYPE_LABEL = "kargo.akuity.io/cred-type"
PROJECT_LABEL = "kargo.akuity.io/project"
REFRESH_ANNOTATION = "kargo.akuity.io/refresh"

KARGO_API = "kargo.akuity.io/v1alpha1"
EXTERNAL_SECRETS_API = "external-secrets.io/v1"

# How long `up` waits for a controller; Pulumi's own default of 10 minutes hides a controller that is not there.
READY_TIMEOUT = "2m"


def wait_for(*conditions: str) -> dict[str, str]:
    """Return the annotation that makes Pulumi wait for all `conditions` (pulumi-kubernetes 4.18 or newer).

    Args:
        conditions: `condition=TYPE` or `jsonpath={.path}=value`.
    """
    return {"pulumi.com/waitFor": json.dumps(conditions)}
