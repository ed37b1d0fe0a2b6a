"""What of an object is secret: what is in its inputs, and a Secret's data always (provider.go, annotateSecrets)."""

from typing import Any

from sandbox.standins.plugins.wire import contains, is_secret, secret


def annotate(outputs: dict[str, Any], inputs: dict[str, Any]) -> dict[str, Any]:
    """Return `outputs` with what is secret in `inputs` in envelopes; a list with one secret is secret as a whole.

    Args:
        outputs: an object in clear.
        inputs: the inputs that it came from, secrets in envelopes.
    """
    if outputs.get("kind") == "Secret":
        return {key: secret(value) if key in ("data", "stringData") else value for key, value in outputs.items()}
    return {key: _annotated(value, inputs[key]) if key in inputs else value for key, value in outputs.items()}


def _annotated(output: Any, given: Any) -> Any:
    if isinstance(output, dict) and isinstance(given, dict) and not is_secret(given):
        return annotate(output, given)
    return secret(output) if contains(given, is_secret) else output
