"""What Kargo and External Secrets are told: pure functions from the model to specs. Registers nothing, knows no Pulumi."""
