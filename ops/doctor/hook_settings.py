"""The settings of a webhook in Gitea or GitHub, compared with those that the stack sets."""

from collections.abc import Sequence

from clients import gitea_hooks, github_hooks
from ops.doctor.finding import Finding, failed
from ops.doctor.subject import Subject


def other_settings(
    subject: Subject, hook: gitea_hooks.Hook | github_hooks.Hook, events: Sequence[str], unsettled: str, settled: str
) -> Finding | None:
    """Return the finding of a webhook with other settings; None if its settings are as the stack sets them.

    Args:
        subject: the stack.
        hook: the webhook.
        events: the events that it must send, sorted.
        unsettled: what is found if the rest of its settings is another one.
        settled: what is expected of the rest.
    """
    if not hook.active:
        return failed("inactive", "an active webhook", subject.again)
    if hook.events != [*events]:
        found = ", ".join(hook.events) or "none"
        return failed(f"events: {found}", f"events: {', '.join(events)}", subject.again)
    return None if hook.settled else failed(unsettled, settled, subject.again)
