"""One comment on a pull request, one issue: found again, edited, and one line where that fails."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from clients.forge import Forge, ForgeError
from ops import drift_issue, preview_comment

API = "https://api.github.com"
MARKER = "<!-- kargo-backstage preview of stack dev -->"


class Answers:
    """A forge with what is written on one pull request, or its issues, listed by pages of two."""

    def __init__(self, *comments: tuple[str, str]) -> None:
        self.comments = [self._comment(i, author, text) for i, (author, text) in enumerate(comments, 1)]
        self.asked: list[str] = []

    @staticmethod
    def _comment(number: int, author: str, text: str) -> dict[str, Any]:
        known = {"id": number, "number": number, "user": {"login": author}, "state": "open"}
        return {**known, "body": text, "html_url": f"https://github.com/c/{number}"}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(f"{request.method} {request.url.path}")
        assert request.headers["Authorization"] == "Bearer planted-token"
        if request.url.path == "/user":
            return httpx.Response(200, json={"login": "robot"})
        if request.method == "GET":
            page = int(request.url.params.get("page", "1"))
            more = len(self.comments) > 2 * page
            link = f'<{API}{request.url.path}?page={page + 1}>; rel="next"'
            found = self.comments[2 * page - 2 : 2 * page]
            return httpx.Response(200, json=found, headers={"Link": link} if more else {})
        content = json.loads(request.content)
        if request.method == "POST":
            self.comments.append(self._comment(len(self.comments) + 1, "github-actions[bot]", content["body"]))
            return httpx.Response(201, json=self.comments[-1])
        number = int(request.url.path.rpartition("/")[2])
        self.comments[number - 1] |= content
        return httpx.Response(200, json=self.comments[number - 1])


def asking(answer: Callable[[httpx.Request], httpx.Response]) -> Forge:
    client = httpx.Client(transport=httpx.MockTransport(answer))
    return Forge(API, "team/backstage", "planted-token", client, pause=0)


def comment(answer: Callable[[httpx.Request], httpx.Response], body: str) -> str:
    return preview_comment.write(asking(answer), 7, MARKER, body)


def test_a_first_comment_is_added_and_the_next_run_edits_it():
    forge = Answers(("person", "hello"))
    assert comment(forge, f"{MARKER}\nfirst") == "https://github.com/c/2"
    assert comment(forge, f"{MARKER}\nsecond") == "https://github.com/c/2"
    assert [c["body"] for c in forge.comments] == ["hello", f"{MARKER}\nsecond"]


def test_it_is_found_on_a_later_page_and_another_stacks_stays():
    other = "<!-- kargo-backstage preview of stack prod -->"
    forge = Answers(
        *[("person", str(i)) for i in range(4)], ("github-actions[bot]", other), ("github-actions[bot]", MARKER)
    )
    comment(forge, f"{MARKER}\nnew")
    assert [c["body"] for c in forge.comments[4:]] == [other, f"{MARKER}\nnew"]


def test_a_marker_that_somebody_else_wrote_is_not_ours():
    forge = Answers(("person", f"{MARKER}\nplanted"), ("robot", f"{MARKER}\nold"))
    comment(forge, f"{MARKER}\nnew")
    assert [c["body"] for c in forge.comments] == [f"{MARKER}\nplanted", f"{MARKER}\nnew"]


def test_a_comment_that_says_so_already_is_left():
    forge = Answers(("gitea-actions", f"{MARKER}\nsame"))
    comment(forge, f"{MARKER}\nsame")
    assert not [asked for asked in forge.asked if not asked.startswith("GET")]


@pytest.mark.parametrize(
    ("status", "line"),
    [
        (401, r"GITHUB_TOKEN: not accepted \(401\); set a valid token for the API at api\.github\.com"),
        (403, "pull-requests: write or issues: write in a workflow, or the scope write:issue in Gitea"),
        (404, "The run of a fork has no token of its own"),
        (410, "no longer accepts comments"),
        (423, "no longer accepts comments"),
        (422, "the API at api.github.com answered 422"),
        (502, "the API at api.github.com answered 502"),
    ],
)
def test_a_refusal_is_one_line_without_the_token(status, line):
    with pytest.raises(ForgeError, match=line) as error:
        comment(lambda _: httpx.Response(status), "x")
    assert "planted" not in str(error.value)
    assert "\n" not in str(error.value)


def test_a_server_that_is_away_for_a_moment_is_asked_again():
    forge, asked = Answers(), iter(range(10))

    def flaky(request: httpx.Request) -> httpx.Response:
        match next(asked):
            case 0:
                raise httpx.ConnectError("away")
            case 1:
                return httpx.Response(502)
        return forge(request)

    comment(flaky, MARKER)
    assert len(forge.comments) == 1


def test_a_server_that_stays_away_is_one_line():
    def away(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("away")

    with pytest.raises(ForgeError, match="cannot be reached \\(ConnectError\\)"):
        comment(away, MARKER)


def test_one_issue_is_opened_edited_and_closed():
    answers = Answers(("person", "hello"))
    for body in (f"{MARKER}\nfirst", f"{MARKER}\nsecond", f"{MARKER}\nsecond"):
        assert drift_issue.write(asking(answers), MARKER, "Drift", body) == "https://github.com/c/2"
    assert [issue["body"] for issue in answers.comments] == ["hello", f"{MARKER}\nsecond"]
    assert drift_issue.close(asking(answers), MARKER) == "https://github.com/c/2"
    assert [issue["state"] for issue in answers.comments] == ["open", "closed"]
    assert drift_issue.close(asking(Answers(("person", "hello"))), MARKER) is None
