"""A stack's file: from YAML to the model, or to error lines."""
