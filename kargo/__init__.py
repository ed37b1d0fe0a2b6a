"""What Kargo and External Secrets are told: pure functions from the model to specs, without Pulumi."""
