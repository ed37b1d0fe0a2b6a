"""Kargo's logins: what External Secrets makes them from, the Secrets that Kargo finds, and whether hosts take them."""

import datetime
import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from clients import external_secrets, sign_in
from clients.cluster import AbsentError, object_path
from clients.connection import ServiceError
from kargo.credentials import Credential, credentials
from kargo.names import CRED_TYPE_LABEL, EXTERNAL_SECRETS_API
from model.login import AppLogin
from model.secrets import first_given
from model.source import StackSource
from model.texts.durations import seconds
from ops.doctor.conditions import is_true, said
from ops.doctor.finding import Finding, Link, broken, ok, unseen
from ops.doctor.objects import unlike
from ops.doctor.secrets import clear, login_for, secrets
from ops.doctor.subject import Subject

_FOR = {"image": "images", "git": "the GitOps repository", "publish": "published images"}
_CLOCKS = datetime.timedelta(seconds=5)


def links(subject: Subject) -> Iterator[Link]:
    """Yield, for each credential, its ExternalSecret, its Secret and its login."""
    for credential in credentials(subject.stack):
        what = _FOR[credential.name]
        if not isinstance(credential.source, StackSource):
            yield f"ExternalSecret for {what}", partial(_external_secret, subject, credential)
        yield f"Secret for {what}", partial(_secret, subject, credential)
        yield f"login for {what}", partial(_login, subject, credential)


def _external_secret(subject: Subject, credential: Credential) -> Finding:
    name = credential.object_name
    path = object_path(EXTERNAL_SECRETS_API, "externalsecrets", subject.project, name)
    try:
        live = subject.cluster.get(f"ExternalSecret '{name}'", path)
    except AbsentError:
        return broken("not there", "an ExternalSecret, Ready", subject.again)
    if different := unlike(subject, live, "ExternalSecret", name):
        return different
    if not is_true(live, "Ready"):
        return broken(_reason(subject, live), "Ready", "do what it says, then: " + _sync(subject, live))
    looked = _time((live.get("status") or {}).get("refreshTime"))
    changed = max((_time(entry["time"]) for entry in _changes(live)), default=looked)
    if looked + _CLOCKS < changed:
        return broken(
            f"synced {looked:%H:%M:%S}, changed {changed:%H:%M:%S}",
            "synced after its last change",
            "see that External Secrets' controller runs, then: " + _sync(subject, live),
        )
    interval = datetime.timedelta(seconds=seconds(_interval(credential)))
    if interval and datetime.datetime.now(datetime.UTC) - looked > 2 * interval + _CLOCKS:
        return broken(
            f"synced {looked:%Y-%m-%d %H:%M} UTC",
            f"synced every {_interval(credential)}",
            "see that External Secrets' controller runs, then: " + _sync(subject, live),
        )
    binding = ((live.get("status") or {}).get("binding") or {}).get("name")
    if binding != live["spec"]["target"]["name"]:
        return broken(
            f"bound to {binding}", f"bound to {live['spec']['target']['name']}", "then: " + _sync(subject, live)
        )
    return ok(f"{said(live, 'Ready')}, at {looked:%Y-%m-%d %H:%M} UTC")


def _interval(credential: Credential) -> str:
    source = credential.source
    return "0s" if isinstance(source, StackSource) else source.refresh_interval


def _reason(subject: Subject, live: Mapping[str, Any]) -> str:
    """Return what External Secrets says; its condition only that something failed, an event why."""
    selector = f"fieldSelector=involvedObject.uid%3D{live['metadata']['uid']},type%3DWarning"
    try:
        events = subject.cluster.items("its events", f"{object_path('v1', 'events', subject.project)}?{selector}")
    except ServiceError:
        return f"{said(live, 'Ready')} (the reason stands in its events, which this user may not list)"
    events.sort(key=lambda event: str(event.get("lastTimestamp") or event.get("eventTime") or ""))
    return external_secrets.explained(str(events[-1]["message"])) if events else said(live, "Ready")


def _sync(subject: Subject, live: Mapping[str, Any]) -> str:
    name = live["metadata"]["name"]
    return subject.kubectl(f"annotate externalsecret {name} force-sync=$(date +%s) --overwrite")


def _changes(live: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return who changed the spec, as the API server records it."""
    entries = live["metadata"].get("managedFields") or []
    return [entry for entry in entries if not entry.get("subresource") and "f:spec" in (entry.get("fieldsV1") or {})]


def _time(written: str | None) -> datetime.datetime:
    if not written:
        return datetime.datetime.fromtimestamp(0, datetime.UTC)
    return datetime.datetime.fromisoformat(written)


def _secret(subject: Subject, credential: Credential) -> Finding:
    """Look at the Secret that Kargo will take: of those that match, the first by its name (Kargo 1.11)."""
    labelled = [s for s in secrets(subject) if _label(s) == credential.cred_type]
    own = [secret for secret in labelled if clear(secret).get("repoURL") == credential.repo_url]
    if not own:
        unlabelled = [s["metadata"]["name"] for s in secrets(subject) if clear(s).get("repoURL") == credential.repo_url]
        found = f"{unlabelled[0]} has not the label" if unlabelled else "not there"
        return broken(
            found,
            f"a Secret with {CRED_TYPE_LABEL}: {credential.cred_type} and repoURL {credential.repo_url}",
            subject.again,
        )
    taken = min((s for s in labelled if _matches(clear(s), credential)), key=lambda s: str(s["metadata"]["name"]))
    name = taken["metadata"]["name"]
    if taken not in own:
        return broken(
            f"Kargo takes {name}, which matches too and comes first by its name",
            own[0]["metadata"]["name"],
            f"remove that Secret, or let its repoURL match less: {subject.kubectl(f'get secret {name}')}",
        )
    data = clear(taken)
    wanted = {**credential.data(), credential.secret_key: None}
    wrong = [key for key, value in wanted.items() if not data.get(key) or value not in (None, data[key])]
    if wrong:
        return broken(
            f"{name}: {', '.join(wrong)} missing or different",
            f"the keys {', '.join(wanted)}",
            f"{subject.kubectl(f'delete secret {name}')}; External Secrets, or pulumi up --refresh, makes it anew",
        )
    return ok(name)


def _label(secret: Mapping[str, Any]) -> str | None:
    return (secret["metadata"].get("labels") or {}).get(CRED_TYPE_LABEL)


def _matches(data: Mapping[str, str], credential: Credential) -> bool:
    pattern = data.get("repoURL", "")
    if data.get("repoURLIsRegex") == "true":
        try:
            return re.search(pattern, credential.tried_at) is not None
        except re.error:
            return False
    return _normal(pattern) == _normal(credential.tried_at)


def _normal(address: str) -> str:
    return address.lower().removesuffix("/").removesuffix(".git")


def _login(subject: Subject, credential: Credential) -> Finding:
    if isinstance(credential.sign_in.login, AppLogin):
        return ok("a GitHub App; its login is not tried here")
    login = login_for(subject, credential.name)
    if login is None:
        return unseen("there is no Secret to sign in with")
    tried = sign_in.sign_in_at_registry if credential.cred_type == "image" else sign_in.sign_in_at_git
    try:
        tried(credential.tried_at, login, subject.stack.ca_bundle)
    except sign_in.SignInError as error:
        return broken(str(error), f"'{login.username}' may sign in", _where_to_correct(subject, credential))
    except sign_in.UnreachableError as error:
        return broken(str(error), "an answer", "see that it runs, and that this machine reaches it as the cluster does")
    return ok(f"'{login.username}' is taken")


def _where_to_correct(subject: Subject, credential: Credential) -> str:
    source = credential.source
    if source.is_written:
        key = first_given(credential.sign_in.secrets, subject.secrets) or credential.sign_in.secrets[-1]
        return f"pulumi config set --secret kargo-backstage:{key} --stack {subject.name}, then pulumi up"
    return (
        f"write the right one where {credential.sign_in.path} has it from, set another rotation there, then pulumi up"
    )
