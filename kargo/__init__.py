"""Objects of Kargo and External Secrets: pure functions from the model to specs, without Pulumi."""
