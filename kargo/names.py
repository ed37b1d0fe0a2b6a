"""API versions, labels and annotations of Kargo 1.11 and External Secrets 2.x."""

KARGO_API = "kargo.akuity.io/v1alpha1"
EXTERNAL_SECRETS_API = "external-secrets.io/v1"

PROJECT_LABEL = "kargo.akuity.io/project"
SOURCE_ANNOTATION = "kargo-backstage/source"
CRED_TYPE_LABEL = "kargo.akuity.io/cred-type"
KEEP_NAMESPACE_ANNOTATION = "kargo.akuity.io/keep-namespace"
REFRESH_ANNOTATION = "kargo.akuity.io/refresh"
CLAIMS_ANNOTATION = "rbac.kargo.akuity.io/claims"
