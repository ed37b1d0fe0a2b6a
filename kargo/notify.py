"""The announcement of a Promotion's end: its last steps, and the Secret with the token that they send.

With `continueOnError`, a receiver that does not answer changes no result of a Promotion. `failure()` and `success()`
disregard such steps, and see the steps of the PromotionTask (Kargo 1.11, promotion_types.go, HasFailures).
"""

from dataclasses import dataclass

from kargo.project_secret import ProjectSecret
from kargo.steps import Step, as_text, expression
from model.announcements import Announcement
from model.notify import Notify
from model.pipeline import Pipeline
from model.secrets import NOTIFY_TOKEN
from model.source import Source, StackSource
from model.stack import Stack
from model.stage import Stage
from model.types.bodies import written

# Kargo's functions of the results that a stack's file may contain.
_FUNCTIONS = {"failed": "failure()", "succeeded": "success()"}
_KEY = "token"


@dataclass(frozen=True)
class NotifyToken(ProjectSecret):
    """The token of an announcement, and its Secret.

    The Secret's name is fixed, in contrast to a credential's: the steps of a Promotion contain it, and a Promotion that
    waits for its pull request needs the token of the day on which it ends.
    """

    token: Source
    token_path: str

    @property
    def source(self) -> Source:
        """The source of the token."""
        return self.token

    @property
    def path(self) -> str:
        """Path of the token in the stack's file."""
        return self.token_path

    @property
    def config_keys(self) -> tuple[str, ...]:
        """The encrypted key of every token."""
        return (NOTIFY_TOKEN,)

    @property
    def secret_key(self) -> str:
        """Key of the Secret that contains the token."""
        return _KEY

    @property
    def has_fixed_name(self) -> bool:
        """Whether the Secret keeps its name when its source changes, which is true."""
        return True

    @property
    def secret_name(self) -> str:
        """Name of the Secret."""
        return f"{self.object_name}-stack" if isinstance(self.token, StackSource) else self.object_name


def notify_tokens(stack: Stack) -> tuple[NotifyToken, ...]:
    """Return the token of each announcement that has one."""
    return tuple(token for one in stack.announcements if (token := _token(one)))


def notify_steps(stage: Stage, pipeline: Pipeline, stack: Stack) -> list[Step]:
    """Return the steps that announce the end of a Promotion; none if nothing announces it."""
    known = {one.stage: one for one in stack.announcements}
    one = known.get(pipeline.stage_name(stage.name)) or known.get("")
    results = [result for result in _FUNCTIONS if one and result in one.notify.on]
    return [_step(result, one, stage, pipeline, stack) for result in results if one]


def _token(one: Announcement) -> NotifyToken | None:
    name = f"notify-{one.stage}" if one.stage else "notify"
    return NotifyToken(name, "generic", one.notify.token, one.token_path) if one.notify.token else None


def _step(result: str, one: Announcement, stage: Stage, pipeline: Pipeline, stack: Stack) -> Step:
    """Return the step that announces a result.

    Each response is a success or a failure, so that Kargo sends the request once: it repeats a request whose response
    is neither. It retries no error (1.11, http_requester.go).
    """
    notify = one.notify
    config = {
        "method": "POST",
        "url": notify.url,
        "headers": _headers(notify, _token(one)),
        # Kargo would convert a body of JSON to an object, which the step refuses.
        "body": as_text(written(notify.body, _values(result, stage, pipeline, stack))),
        "timeout": "10s",
        "successExpression": notify.success_expression,
        "failureExpression": f"!({notify.success_expression})",
    }
    return {
        "uses": "http",
        "as": f"notify-{result}",
        "if": expression(_FUNCTIONS[result]),
        "continueOnError": True,
        "config": config,
        "retry": {"errorThreshold": 1, "timeout": "1m0s"},
    }


def _headers(notify: Notify, token: NotifyToken | None) -> list[dict[str, str]]:
    headers = [{"name": "Content-Type", "value": "application/json"}]
    if token:
        value = f"{notify.auth_scheme} {expression(f'secret({token.secret_name!r}).{_KEY}')}"
        # Go's client sends this header to no other host that answers with a redirect. It would send any other one.
        headers.append({"name": "Authorization", "value": as_text(value)})
    return headers


def _values(result: str, stage: Stage, pipeline: Pipeline, stack: Stack) -> dict[str, str]:
    """Return the values of the placeholders as JSON texts without quotation marks."""
    image = stack.registry.image_repository(pipeline.image)
    # A version of Kargo without the address of its UI has no such field.
    ui = "(ctx.uiBaseUrl ?? '')"
    link = f"{ui} == '' ? '' : {ui} + '/project/{stack.kargo.project}/promotion/' + ctx.promotion"
    return {
        "app": pipeline.app,
        "environment": stage.environment,
        "pipeline": pipeline.name,
        "stage": stage.name,
        "result": result,
        "tag": _escaped(f'imageFrom("{image}").Tag'),
        "promotion": _escaped("ctx.promotion"),
        "link": _escaped(link),
    }


def _escaped(text: str) -> str:
    """Return the expression for a text within quotation marks of JSON."""
    return expression(f"toJSON({text})[1:-1]")
