"""A team's own promotion steps, in Kargo's words, before and after this program's steps."""

import posixpath
import re
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from model.literal_secrets import Leaf, leaves, secret_problem
from model.problem import Problem, refusal, repeated
from model.types.durations import Duration
from model.types.names import DnsSubdomain
from model.types.plain import matching
from model.types.step_names import BuiltInStep, StepName
from model.types.templates import Expression
from model.value import CheckedValue, Value

_TASK = "commit-image"
# Folders of this program's clones, in the working directory of a Promotion.
_FOLDER = re.compile(r"/gitops(?:-[0-9]+)?(?:/|$)")
_WRITTEN = ("path", "outPath", "outFile")
_DEEPEST = 40
_VARIABLE = matching(
    re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}"),
    "not a name of a variable; write at most 63 letters, digits and _, starting with a letter or _",
)


def _shallow(config: dict[str, Any]) -> dict[str, Any]:
    level: list[Any] = [config]
    for _ in range(_DEEPEST):
        level = [inner for one in level if isinstance(one, dict | list) for inner in _inside(one)]
        if not level:
            return config
    raise refusal(f"more than {_DEEPEST} levels deep; write a flatter one")


def _inside(value: dict[str, Any] | list[Any]) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value


class StepRetry(Value):
    """The limits of Kargo's retries of a step. A limit that is not set is the default of the step."""

    error_threshold: Annotated[int, Field(ge=1, le=100)] | None = None
    """Number of errors after which the step fails. Without it, Kargo fails most steps at the first error.

    Example: `3`"""

    timeout: Duration | None = None
    """Time after which a step that waits fails. Without it, most steps wait without a limit.

    Example: `10m`"""


class StepVariable(Value):
    """A variable of a step."""

    name: Annotated[str, _VARIABLE]
    """Name of the variable. An expression reads it as `vars.<name>`.

    Example: `channel`"""

    value: str
    """Value of the variable. It may contain Kargo expressions.

    Example: `${{ ctx.stage }}`"""


class TaskReference(CheckedValue):
    """A PromotionTask that another owner has created."""

    name: DnsSubdomain
    """Name of the PromotionTask. Kargo looks for it when a Promotion is created, and refuses the Promotion if it is
    missing.

    Example: `open-ticket`"""

    kind: Literal["PromotionTask", "ClusterPromotionTask"] = "PromotionTask"
    """Kind of the task. A PromotionTask lies in the project's namespace."""

    def problems(self) -> Iterator[Problem]:
        """Yield the task that this program runs. A second run would fail: its folders exist."""
        if (self.kind, self.name) == ("PromotionTask", _TASK):
            yield Problem("name", "the PromotionTask of this program; write the name of another one")


class PromotionStep(CheckedValue):
    """A promotion step. Its keys are Kargo's. Kargo checks `config` only when the step runs."""

    as_: StepName = Field(alias="as")
    """Name of the step, by which expressions read its status and outputs. Each name of a Promotion is unique.

    Example: `announce`"""

    uses: BuiltInStep | None = None
    """Kargo's [promotion step](https://docs.kargo.io/user-guide/reference-docs/promotion-steps): one of open-source
    Kargo 1.11. Required without `task`.

    Example: `http`"""

    task: TaskReference | None = None
    """PromotionTask or ClusterPromotionTask whose steps Kargo runs instead of `uses`. Kargo allows only `as` and `vars`
    with it."""

    if_: Expression | None = Field(None, alias="if")
    """One [expression](https://docs.kargo.io/user-guide/reference-docs/expressions) whose result is true or false. If
    it is false, Kargo skips the step. By default Kargo skips the step if an earlier step has failed.

    Example: `${{ outputs.ask.answer == 'yes' }}`"""

    continue_on_error: bool = False
    """Whether the Promotion continues, and may succeed, if the step fails."""

    retry: StepRetry = StepRetry()
    """Limits of Kargo's retries of the step."""

    vars: Annotated[tuple[StepVariable, ...], Field(strict=False)] = ()
    """Variables that the expressions of the step can read."""

    config: Annotated[dict[str, Any], AfterValidator(_shallow)] | None = None
    """Configuration of the step, as in Kargo's documentation of the step. Values may contain Kargo expressions. Kargo
    shows it to every user who can read the Stage, so it must not contain a secret: write `${{ secret('name').key }}`.
    """

    def problems(self) -> Iterator[Problem]:
        """Yield keys that exclude each other, templates that Kargo cannot read, and secrets in plain text."""
        if self.task is None and self.uses is None:
            yield Problem("uses", "missing; add the step that Kargo runs")
        if self.task is not None:
            for key, given in {
                "uses": self.uses is not None,
                "if": self.if_ is not None,
                "continueOnError": self.continue_on_error,
                "retry": self.retry != StepRetry(),
                "config": self.config is not None,
            }.items():
                if given:
                    yield Problem(key, "not allowed together with task; remove one of them")
        yield from repeated("vars", [variable.name for variable in self.vars])
        for leaf in self.leaves:
            yield from _leaf_problems(leaf)

    @property
    def leaves(self) -> Iterator[Leaf]:
        """The values of the variables and of the config."""
        yield from leaves([{"name": one.name, "value": one.value} for one in self.vars], "vars")
        yield from leaves(self.config or {}, "config")


class OwnSteps(CheckedValue):
    """The team's own steps of a Stage's Promotions."""

    before: Annotated[tuple[PromotionStep, ...], Field(strict=False)] = ()
    """Steps before the commit. If one of them fails, nothing is committed."""

    after: Annotated[tuple[PromotionStep, ...], Field(strict=False)] = ()
    """Steps after the commit, the sync of Argo CD, the HTTP check and the publishing. Freight goes to no downstream
    Stage if one of them fails."""

    def problems(self) -> Iterator[Problem]:
        """Yield names that are used twice, and files in the folders of this program's clones."""
        places: dict[str, str] = {}
        for path, step in self.by_path:
            if (first := places.setdefault(step.as_, path)) != path:
                yield Problem(f"{path}.as", f"{first} has the same name; rename one of them")
            # A later step may read or write this program's clone, but not create another one there.
            names = _WRITTEN if path.startswith("before") else ("path",) if step.uses == "git-clone" else ()
            for leaf in step.leaves:
                if leaf.name in names and isinstance(leaf.value, str) and _is_inside_ours(leaf.value):
                    yield Problem(
                        f"{path}.{leaf.path}",
                        "the folder of this program's own clone; write another folder, such as ./own",
                    )

    @property
    def by_path(self) -> Iterator[tuple[str, PromotionStep]]:
        """Every step with its path, such as `before[0]`."""
        for key, steps in {"before": self.before, "after": self.after}.items():
            yield from ((f"{key}[{place}]", step) for place, step in enumerate(steps))

    @property
    def unverified(self) -> Iterator[str]:
        """The paths at which a step skips the verification of a certificate."""
        for path, step in self.by_path:
            for leaf in step.leaves:
                if leaf.name == "insecureSkipTLSVerify" and leaf.value is not False:
                    yield f"{path}.{leaf.path}"


def _leaf_problems(leaf: Leaf) -> Iterator[Problem]:
    if "${" in leaf.path:
        yield Problem(leaf.path, "an expression in a key, which Kargo does not evaluate; write it in a value")
        return
    try:
        problem = secret_problem(leaf)
    except PydanticCustomError as error:
        problem = str((error.context or {})["message"])
    if problem:
        yield Problem(leaf.path, problem)


def _is_inside_ours(path: str) -> bool:
    """Return whether a path leads into a folder of ours. Kargo takes each path below the working directory."""
    return bool(_FOLDER.match(posixpath.normpath(f"/./{path}")))
