"""The secret parts of an object: the secret inputs, and always the data of a Secret (provider.go, annotateSecrets)."""

from typing import Any

from sandbox.standins.plugins.wire import contains, is_secret, secret


def annotate(outputs: dict[str, Any], inputs: dict[str, Any]) -> dict[str, Any]:
    """Return `outputs` with envelopes for the secrets of `inputs`. A list with one secret is secret as a whole.

    Args:
        outputs: an object without envelopes.
        inputs: its inputs with secrets in envelopes.
    """
    if outputs.get("kind") == "Secret":
        return {key: secret(value) if key in ("data", "stringData") else value for key, value in outputs.items()}
    return {key: _annotated(value, inputs[key]) if key in inputs else value for key, value in outputs.items()}


def _annotated(output: Any, given: Any) -> Any:
    if isinstance(output, dict) and isinstance(given, dict) and not is_secret(given):
        return annotate(output, given)
    return secret(output) if contains(given, is_secret) else output
