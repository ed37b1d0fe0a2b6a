"""The announcements of a stack: each `notify`, and the checks of their tokens."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product

from model.accounts import Accounts
from model.login_checks import OwnedSource, login_sources, vault_problems
from model.notify import Notify
from model.pipeline import Pipeline
from model.problem import Problem
from model.registry import GiteaRegistry
from model.source import IdpBuilderSource
from model.types.urls import place


@dataclass(frozen=True)
class Announcement:
    """One `notify` of a stack's file.

    Args:
        path: its path in the file.
        notify: its settings.
        stage: name in Kargo of the Stage whose Promotions it announces; empty for every Stage without its own.
    """

    path: str
    notify: Notify
    stage: str = ""

    @property
    def token_path(self) -> str:
        """Path of its token in the file."""
        return f"{self.path}.token"


def announcements(notify: Notify | None, pipelines: Sequence[Pipeline]) -> Iterator[Announcement]:
    """Yield each `notify`: first the stack's, then the Stages' own."""
    if notify:
        yield Announcement("notify", notify)
    for i, pipeline in enumerate(pipelines):
        for j, stage in enumerate(pipeline.stages):
            if stage.notify:
                path = f"pipelines[{i}].stages[{j}].notify"
                yield Announcement(path, stage.notify, pipeline.stage_name(stage.name))


def announcement_problems(
    notify: Notify | None, pipelines: Sequence[Pipeline], accounts: Accounts, production: bool
) -> Iterator[Problem]:
    """Yield a `notify` without effect, and tokens that would reach a host that they do not belong to."""
    if notify and all(stage.notify for pipeline in pipelines for stage in pipeline.stages):
        yield Problem("notify", "has no effect, since every Stage has its own; remove it")
    tokens = [(one, one.notify.token) for one in announcements(notify, pipelines) if one.notify.token]
    giteas = _giteas(accounts)
    for one, token in tokens:
        if production and one.notify.url.startswith("http://"):
            yield Problem(f"{one.path}.url", "plain HTTP is not allowed in production; write https://")
        if isinstance(token, IdpBuilderSource) and place(one.notify.url) not in giteas:
            yield Problem(
                f"{one.token_path}.from", "idpbuilder is a login for Gitea only; write azureKeyVault or stack"
            )
    written = [one for one, token in tokens if token.is_written]
    for one in written[1:]:
        first = written[0]
        if place(one.notify.url) != place(first.notify.url):
            yield Problem(
                one.token_path,
                f"has the value of {first.token_path}, whose host is another one; read the token from a secret that "
                "exists",
            )
    yield from _vault_problems([OwnedSource(one.token_path, one.token_path, token) for one, token in tokens], accounts)


def _giteas(accounts: Accounts) -> list[tuple[str, int]]:
    """Return host and port of each Gitea of a stack."""
    registry, git_ops = accounts.registry, accounts.git_ops
    return [
        *([place(registry.url)] if isinstance(registry, GiteaRegistry) else []),
        *([place(git_ops.repo_url)] if git_ops.provider == "gitea" else []),
    ]


def _vault_problems(tokens: Sequence[OwnedSource], accounts: Accounts) -> Iterator[Problem]:
    """Yield tokens that write a secret of a vault that a login writes, or a token from another source."""
    for first, second in product(login_sources(accounts), tokens):
        yield from vault_problems(first, second)
    for first, second in combinations(tokens, 2):
        if first.source != second.source:
            yield from vault_problems(first, second)
