"""Promotion steps that Stages and the PromotionTask have in common (Kargo 1.11)."""

from typing import Any, TypedDict

from model.git_ops import GitOps, Retry

Step = TypedDict(
    "Step",
    {
        "uses": str,
        "as": str,
        "if": str,
        "continueOnError": bool,
        "retry": dict[str, Any],
        "config": dict[str, Any],
        "task": dict[str, str],
        "vars": list[dict[str, str]],
    },
    total=False,
)

CHECKOUT = "./gitops"
# Variable of expressions: the name of the Freight.
FREIGHT = "ctx.targetFreight.name"
# The error of an images file in which the reference cannot be set.
_SHAPE = "the images file must be one JSON object with an object for each environment, and each key only once"


def retry(rules: Retry) -> dict[str, Any]:
    """Return the retries of a step that talks to a server. Kargo does not retry a conflict."""
    return {"errorThreshold": rules.error_threshold, "timeout": rules.timeout}


def tls(git_ops: GitOps) -> dict[str, bool]:
    """Return the field of a step's config that switches certificate verification off."""
    return {"insecureSkipTLSVerify": True} if git_ops.insecure_skip_tls_verify else {}


def succeeded(*aliases: str) -> str:
    """Return the condition that one of these steps has succeeded. In a task these are steps of the task."""
    return expression(" || ".join(f"status('{alias}') == 'Succeeded'" for alias in aliases))


def expression(text: str) -> str:
    """Return an expression in Kargo's delimiters."""
    return f"${{{{ {text} }}}}"


def as_text(template: str) -> str:
    """Return a template whose result is always a string.

    Kargo converts the result of expressions to a number, a boolean or JSON if it can. Quotes around the whole template
    prevent that: Kargo removes them and keeps everything between them. `quote()` would escape the text (1.11,
    EvaluateTemplate).
    """
    return f'"{template}"' if "${{" in template else template


def checked_out(
    folder: str, branch: str, file: str, key: str, reference: str, message: str, git_ops: GitOps, suffix: str = ""
) -> list[Step]:
    """Return the steps up to the commit, which is `Skipped` if there is nothing to commit.

    `json-update` does not parse the file. With a byte order mark, a comment or YAML it starts from an empty object, so
    every other entry would be lost; a list or an object at the key would be replaced; of a key that occurs twice it
    writes the first one, which readers ignore (Kargo 1.11). So the file is read before the update and after it. A
    missing file is created: `file-write` fails if the file exists, and the second reading reports why the first failed.

    Args:
        folder: folder of the clone.
        branch: branch to clone.
        file: path of the images file.
        key: place of the reference, `environment.app`, or an expression for it.
        reference: the reference, which may contain expressions.
        message: commit message.
        git_ops: the repository.
        suffix: end of each step's name.
    """
    clone = {"repoURL": git_ops.repo_url, "checkout": [{"branch": branch, "path": folder}], **tls(git_ops)}
    path = f"{folder}/{file}"
    cloned, read, created, set_, verified = (
        f"{name}{suffix}" for name in ("clone", "read", "create-file", "set", "verify")
    )
    at = f'let at = split("{key}", ".");'
    # Adding a text to anything else than a text is an error. So is a text that `int` cannot read: Kargo quotes it.
    before = f'{at} ($env[at[0]]?.[at[1]] ?? "") + ""'
    after = f'{at} $env[at[0]][at[1]] == "{reference}" or int("{_SHAPE}") > 0'
    return [
        {"uses": "git-clone", "as": cloned, "config": clone, "retry": retry(git_ops.retry)},
        {
            "uses": "json-parse",
            "as": read,
            "if": succeeded(cloned),
            "continueOnError": True,
            "config": {"path": path, "outputs": [{"name": "before", "fromExpression": before}]},
        },
        {
            "uses": "file-write",
            "as": created,
            "if": expression(f"status('{read}') == 'Errored'"),
            "continueOnError": True,
            "config": {"path": path, "contents": "{}"},
        },
        {
            "uses": "json-update",
            "as": set_,
            "if": succeeded(read, created),
            "config": {"path": path, "updates": [{"key": as_text(key), "value": as_text(reference)}]},
        },
        {
            "uses": "json-parse",
            "as": verified,
            "if": succeeded(cloned),
            "config": {"path": path, "outputs": [{"name": "written", "fromExpression": after}]},
        },
        {
            "uses": "git-commit",
            "as": f"commit{suffix}",
            "if": succeeded(verified),
            "config": {"path": folder, "message": message},
        },
    ]
