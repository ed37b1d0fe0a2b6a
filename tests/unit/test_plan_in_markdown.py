"""The comment: losses first, values that stay text, nothing too long, nothing secret."""

import base64
import json
from urllib.parse import quote

import pytest

from clients.secrecy import MASK, Scrubber
from ops import markdown
from ops.markdown import LIMIT, marker
from ops.plan import Change, Plan, Step

HOSTILE = "`x` | @here #1 </details></pre><script>alert(1)</script>\n\n# heading\n```"


def step(op: str = "update", kind: str = "Warehouse", name: str = "backstage", *changes: Change) -> Step:
    return Step(op, kind, name, changes)


def body(plan: Plan) -> str:
    return markdown.body(plan, marker("preview", plan.stack))


def lines(*steps: Step, errors: tuple[str, ...] = ()) -> list[str]:
    return body(Plan("dev", steps, errors)).split("\n")


def test_the_first_line_counts_the_changes():
    first = lines(step(), step("create"))[2]
    assert first == "**<code>dev</code>: 1 to create, 1 to update, nothing deleted**"
    assert lines()[2] == "**<code>dev</code>: no change**"
    assert lines(step("delete"))[2] == "**<code>dev</code>: 1 to delete**"
    assert lines(errors=("no",))[2] == "**<code>dev</code>: the preview failed**"


def test_a_project_that_would_be_deleted_comes_first():
    found = lines(step("delete", "Project", "kargo-project"), step("delete", "Stage", "dev"), step())
    assert "all Freight and the history of every Stage" in found[4]
    assert found[6] == "⚠️ Deleted or replaced: Stage <code>dev</code>"


def test_a_missing_object_is_not_announced_as_a_deletion():
    found = lines(step("recreate", "Project", "kargo-project"), step("recreate", "Stage", "dev"))
    assert found[2] == "**<code>dev</code>: 2 missing**"
    assert found[4] == (
        "⚠️ Missing, but not deleted by Pulumi: Project <code>kargo-project</code>, Stage <code>dev</code>. "
        "`pulumi up --refresh` creates them again."
    )
    assert not [line for line in found if "Freight" in line or "would be deleted" in line]
    assert "| recreate | Stage | <code>dev</code> |" in found


def test_an_import_is_counted_as_an_import():
    assert lines(step("import"), step())[2] == "**<code>dev</code>: 1 to import, 1 to update, nothing deleted**"


def test_each_change_is_folded_with_old_and_new():
    written = body(Plan("dev", (step("update", "Warehouse", "w", Change("spec.interval", "5m0s", None)),)))
    assert "<details><summary>update Warehouse <code>w</code></summary>\n<pre>spec.interval\n  - 5m0s</pre>" in written
    assert "only secret values would change; they are not shown" in body(Plan("dev", (step(),)))


def test_values_stay_text():
    hostile = step("update", "Warehouse", HOSTILE, Change("a", HOSTILE, HOSTILE[::-1]))
    written = body(Plan("dev", (hostile,), ()))
    assert "<script" not in written
    assert written.count("</details>") == written.count("<details>") == 1
    assert written.count("</pre>") == 1
    (row,) = [line for line in written.split("\n") if line.startswith("| update")]
    assert row.count("|") == 4
    inside = written[written.index("<pre>") :]
    assert "\n\n" not in inside


@pytest.mark.parametrize("size", [3, 300, 3000])
def test_what_is_too_long_is_cut_at_a_resource_and_counted(size):
    steps = tuple(step("update", "Stage", f"stage-{i}", Change("spec", "o" * 300, "n" * 300)) for i in range(size))
    written = body(Plan("dev", steps))
    assert len(written) <= LIMIT
    assert written.count("<details>") == written.count("</details>")
    hidden = [line for line in written.split("\n") if "left out here" in line]
    assert bool(hidden) == (size > 3)
    if hidden:
        assert int(hidden[0].split()[0]) == size - min(written.count("<details>"), written.count("| update"))


def test_the_picture_is_folded_after_the_table():
    written = markdown.body(Plan("dev", (step(),)), marker("preview", "dev"), "flowchart LR\n    a\n")
    table, drawn = written.index("| update |"), written.index("<details><summary>pipelines that change</summary>")
    assert table < drawn < written.index("<details><summary>update")
    assert "</summary>\n\n```mermaid\nflowchart LR\n    a\n```\n\n</details>" in written
    assert "mermaid" not in body(Plan("dev", (step(),)))


def test_a_picture_that_is_too_large_is_a_line_and_the_changes_stay():
    steps = tuple(step("update", "Stage", f"stage-{i}", Change("spec", "o" * 300, "n" * 300)) for i in range(300))
    fits, large = "x" * (LIMIT // 3), "x" * (LIMIT // 3 + 1)
    written = markdown.body(Plan("dev", steps), marker("preview", "dev"), large)
    assert "too large here; run <code>python -m ops.graph --stack dev</code>" in written
    assert "mermaid" not in written
    for picture in (fits, large):
        written = markdown.body(Plan("dev", steps), marker("preview", "dev"), picture)
        assert len(written) <= LIMIT
        assert "<details><summary>update Stage" in written


@pytest.mark.parametrize(
    "plan",
    [
        Plan("dev", ()),
        Plan("dev", tuple(step("update", "Stage", f"s-{i}", Change("spec", "o" * 300, "n" * 300)) for i in range(300))),
        Plan("dev", (), tuple("e" * 1000 for _ in range(100))),
    ],
    ids=["short", "long", "failed"],
)
def test_the_footer_is_the_last_line_and_is_never_cut(plan):
    written = markdown.body(plan, marker("preview", "dev"), footer="f" * 3000)
    assert written.endswith(f"\n\n{'f' * 3000}")
    assert len(written) <= LIMIT


def test_errors_that_are_too_long_are_cut():
    written = body(Plan("dev", (), tuple("e" * 1000 for _ in range(100))))
    assert len(written) <= LIMIT
    assert "more lines</pre>" in written


def test_a_stacks_comment_is_found_by_its_own_marker():
    assert marker("preview", "dev") in body(Plan("dev", ()))
    assert marker("preview", "prod") not in body(Plan("dev", ()))
    assert marker("drift", "dev") not in body(Plan("dev", ()))


@pytest.mark.parametrize("secret", ["hunter2-planted", 'with "quotes"\nand lines', "ünïcode+/?&="])
def test_a_secret_is_taken_out_in_every_form(secret):
    encoded = base64.b64encode(secret.encode()).decode()
    urlsafe = base64.urlsafe_b64encode(secret.encode()).decode()
    forms = [
        secret,
        json.dumps(secret),
        encoded,
        urlsafe,
        quote(secret, safe=""),
        f"https://h/{quote(secret, safe='')}/x",
    ]
    written = Scrubber([secret])("\n".join(forms))
    assert not [
        form for form in (secret, encoded.rstrip("="), urlsafe.rstrip("="), quote(secret, safe="")) if form in written
    ]
    assert written.count(MASK) == len(forms)


def test_a_secret_is_taken_out_before_it_is_escaped_or_broken_into_lines():
    secret = 'p&ss<w>rd`|"' + "\n" + "second-line-of-the-key"
    changed = step("update", "Stage", f"n{secret}", Change("a", f"x{secret}", f"{secret}y"))
    plan = Plan("dev", (changed,), ()).without(Scrubber([secret]))
    written = body(plan)
    assert written.count(MASK) + written.count(markdown.text(MASK)) == 4
    assert not [part for part in ("p&amp;ss", "p&ss", "second-line") if part in written]
    failed = Plan("dev", (), ("error: second-line-of-the-key is no key",)).without(Scrubber([secret]))
    assert "second-line" not in body(failed)


def test_secrets_within_a_structure_are_taken_out_and_short_words_stay():
    scrub = Scrubber(['{"a": "planted-in-json"}', {"b": ["planted-in-list"]}, "dev", 5])
    assert scrub("planted-in-json planted-in-list dev 5") == f"{MASK} {MASK} dev 5"
