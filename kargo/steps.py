"""The steps of promotions that Stages and the commit's task have in common, as Kargo 1.11 takes them."""

from typing import Any

from model.git_ops import GitOps, Retry

Step = dict[str, Any]

CHECKOUT = "./gitops"


def retry(rules: Retry) -> Step:
    """Return how often a step that talks to a server is tried again; a conflict is none of its errors."""
    return {"retry": {"errorThreshold": rules.error_threshold, "timeout": rules.timeout}}


def tls(git_ops: GitOps) -> Step:
    """Return what a step is told where the server's certificate is not to be verified."""
    return {"insecureSkipTLSVerify": True} if git_ops.insecure_skip_tls_verify else {}


def succeeded(*aliases: str) -> str:
    """Return the condition that one of these steps has succeeded; in a task, those of the task."""
    return expression(" || ".join(f"status('{alias}') == 'Succeeded'" for alias in aliases))


def expression(text: str) -> str:
    """Return an expression within Kargo's delimiters."""
    return f"${{{{ {text} }}}}"


def as_text(template: str) -> str:
    """Return a template whose result is a text, whatever it looks like.

    Kargo takes the result of expressions for a number, a boolean or JSON if it can. Quotes around the whole template
    prevent that: Kargo removes them and leaves everything between them as it is. `quote()` would escape the text (1.11,
    EvaluateTemplate).
    """
    return f'"{template}"' if "${{" in template else template


def checked_out(
    folder: str, branch: str, file: str, update: dict[str, str], message: str, git_ops: GitOps, suffix: str = ""
) -> list[Step]:
    """Return the steps up to a commit, the last of which is `commit`: `Skipped` where there is nothing to commit.

    `json-update` makes a key that is missing, and is Errored where the file is: then an empty one is written, so that
    no Freight is stranded for want of it. Where something else was the matter, the second update fails like the first.

    Args:
        folder: where the branch is checked out.
        branch: the branch.
        file: path of the images file.
        update: key and value to set there.
        message: the commit's message.
        git_ops: the repository.
        suffix: end of each step's name.
    """
    change = {"path": f"{folder}/{file}", "updates": [update]}
    cloned, set_, made, again = (f"{name}{suffix}" for name in ("clone", "set", "create-file", "set-in-new-file"))
    return [
        {
            "uses": "git-clone",
            "as": cloned,
            "config": {
                "repoURL": git_ops.repo_url,
                "checkout": [{"branch": branch, "path": folder}],
                **tls(git_ops),
            },
            **retry(git_ops.retry),
        },
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
