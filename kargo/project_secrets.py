"""Every Secret of a stack that Kargo reads, and whose value comes from a source of the stack's file."""

from kargo.credentials import credentials
from kargo.notify import notify_tokens
from kargo.project_secret import ProjectSecret
from model.stack import Stack


def project_secrets(stack: Stack) -> tuple[ProjectSecret, ...]:
    """Return the Secrets: of the credentials, then of the announcements' tokens."""
    return (*credentials(stack), *notify_tokens(stack))
