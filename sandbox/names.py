"""API versions, labels and annotations of Kargo and External Secrets."""

KARGO = "kargo.akuity.io/v1alpha1"
EXTERNAL_SECRETS = "external-secrets.io/v1"

PROJECT_LABEL = "kargo.akuity.io/project"
REFRESH = "kargo.akuity.io/refresh"
CRED_TYPE = "kargo.akuity.io/cred-type"
STAGE = "kargo.akuity.io/stage"
ALIAS = "kargo.akuity.io/alias"
HOLD = "kargo.akuity.io/auto-promotion-hold"
RESUME = "kargo.akuity.io/auto-promotion-resume"
ACTOR = "kargo.akuity.io/create-actor"
