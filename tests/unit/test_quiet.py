"""Pulumi's lines that the sandbox shows."""

from sandbox.quiet import told

_PRINTED = """Updating (dev):
@ updating........

 +  pulumi:pulumi:Stack kargo-backstage-dev creating (0s)
 +  kargo-backstage:index:KargoProject kargo creating (0s)
 +  kubernetes:core/v1:Namespace kargo-namespace creating (0s)
 +  kubernetes:core/v1:Namespace kargo-namespace created (0.12s)
 ++ kubernetes:external-secrets.io/v1:ExternalSecret gitea-git creating replacement (0s) [diff: ~spec]
 ~  pulumi-python:dynamic:GiteaWebhook hook updating (3s) [diff: +name]; error: refused
 ~  pulumi-python:dynamic:GiteaWebhook hook **updating failed** [diff: +name]; error: refused
 +  kargo-backstage:index:KargoProject kargo created (8s)
 +  pulumi:pulumi:Stack kargo-backstage-dev created (35s) 1 message
Diagnostics:
  pulumi-python:dynamic:GiteaWebhook (hook):
    error: refused

Resources:
    + 19 created

Duration: 40s
"""


def test_what_is_done_failures_and_reasons_are_shown():
    assert list(told(_PRINTED.splitlines())) == [
        " +  kubernetes:core/v1:Namespace kargo-namespace created (0.12s)",
        " ~  pulumi-python:dynamic:GiteaWebhook hook **updating failed** [diff: +name]; error: refused",
        "Diagnostics:",
        "  pulumi-python:dynamic:GiteaWebhook (hook):",
        "    error: refused",
        "Resources:",
        "    + 19 created",
    ]


_PREVIEW = """Previewing update (dev):
@ previewing update....
 +  kubernetes:core/v1:Namespace kargo-namespace create
Resources:
    + 19 to create

"""


def test_a_preview_is_shown_only_where_nothing_follows_it():
    failed = [*_PREVIEW.splitlines(), "error: preview failed"]
    assert list(told([*_PREVIEW.splitlines(), *_PRINTED.splitlines()])) == list(told(_PRINTED.splitlines()))
    assert list(told(failed))[-1] == "error: preview failed"


def test_a_hint_that_the_sandbox_has_followed_is_left_out_with_its_headings():
    hint = "    its app.ini needs ALLOWED_HOST_LIST = loopback under [webhook]"
    stack, hook = "  pulumi:pulumi:Stack (kargo-backstage-dev):", "  pulumi-python:dynamic:GiteaWebhook (hook):"
    assert list(told(["Diagnostics:", stack, hint, "Resources:", "    + 1 created"])) == [
        "Resources:",
        "    + 1 created",
    ]
    said = ["Diagnostics:", hook, "    warning: left", "Resources:"]
    assert list(told([said[0], stack, hint, *said[1:]])) == said
