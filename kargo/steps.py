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
    folder: str, branch: str, file: str, update: dict[str, str], message: str, git_ops: GitOps, suffix: str = ""
) -> list[Step]:
    """Return the steps up to the commit, which is `Skipped` if there is nothing to commit.

    `json-update` adds a missing key, but is Errored if the file is missing. Then the steps create an empty file and
    update it. If the first update failed for another reason, the second one fails too.

    `update` contains the key and the value to set. Each step's name ends with `suffix`.
    """
    clone = {"repoURL": git_ops.repo_url, "checkout": [{"branch": branch, "path": folder}], **tls(git_ops)}
    change = {"path": f"{folder}/{file}", "updates": [update]}
    cloned, set_, made, again = (f"{name}{suffix}" for name in ("clone", "set", "create-file", "set-in-new-file"))
    return [
        {"uses": "git-clone", "as": cloned, "config": clone, "retry": retry(git_ops.retry)},
        {"uses": "json-update", "as": set_, "if": succeeded(cloned), "continueOnError": True, "config": change},
        {
            "uses": "file-write",
            "as": made,
            "if": expression(f"status('{set_}') == 'Errored'"),
            "config": {"path": change["path"], "contents": "{}"},
        },
        {"uses": "json-update", "as": again, "if": succeeded(made), "config": change},
        {
            "uses": "git-commit",
            "as": f"commit{suffix}",
            "if": succeeded(set_, again),
            "config": {"path": folder, "message": message},
        },
    ]
