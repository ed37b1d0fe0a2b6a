"""Checks of Kargo's credentials: ExternalSecrets, the Secrets that Kargo uses, and the logins in them."""

import datetime
import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from clients import sign_in, sync_failure
from clients.cluster import object_path, secret_data
from clients.conditions import described, is_true
from config.project import NAME
from kargo.credentials import Credential, credentials
from kargo.names import CRED_TYPE_LABEL
from kargo.notify import NotifyToken, notify_tokens
from kargo.project_secret import ProjectSecret
from kargo.project_secrets import project_secrets
from kargo.secret_store import secret_stores
from model.login import AppLogin
from model.secrets import first_given
from model.source import AzureKeyVaultSource, StackSource
from model.types.durations import seconds
from ops.doctor.finding import Check, Finding, failed, ok, unknown
from ops.doctor.objects import check_object
from ops.doctor.subject import Subject

_FOR = {"image": "image registry", "git": "GitOps repository", "publish": "publish registry"}
_CLOCKS = datetime.timedelta(seconds=5)
# Of an object with many events, Kubernetes keeps one every five minutes.
_CURRENT = datetime.timedelta(minutes=5)
NO_LOGIN = "the login's Secret is missing; see the rows above"


def checks(subject: Subject) -> Iterator[Check]:
    """Yield the checks of the stack's SecretStores, and of each credential's ExternalSecret, Secret and login."""
    for store in secret_stores(project_secrets(subject.stack)).values():
        yield (
            f"SecretStore {store}",
            partial(check_object, subject, "SecretStore", store, partial(_store, subject), "Ready"),
        )
    for credential in credentials(subject.stack):
        what = _FOR[credential.name]
        yield from _synced(subject, credential, what)
        yield f"{what} Secret", partial(_secret, subject, credential)
        yield f"{what} login", partial(_login, subject, credential)
    for token in notify_tokens(subject.stack):
        yield from _synced(subject, token, token.path)
        yield f"{token.path} Secret", partial(_token, subject, token)


def _synced(subject: Subject, secret: ProjectSecret, what: str) -> Iterator[Check]:
    """Yield the check of a Secret's ExternalSecret; none if the stack writes the Secret itself."""
    if not isinstance(secret.source, StackSource):
        status = partial(_external_secret, subject, secret.source.refresh_interval)
        name = secret.object_name
        yield f"{what} ExternalSecret", partial(check_object, subject, "ExternalSecret", name, status, "Ready")


def login_for(subject: Subject, name: str) -> sign_in.User | None:
    """Return the user in a credential's Secret; None if the stack has no such credential, or the Secret is missing.

    Args:
        subject: the stack.
        name: purpose of the credential: `image`, `git` or `publish`.
    """
    credential = next((found for found in credentials(subject.stack) if found.name == name), None)
    if credential is None:
        return None
    for data in map(secret_data, _secrets(subject)):
        if data.get("repoURL") == credential.repo_url and data.get("username"):
            return sign_in.User(data["username"], data.get("password", ""))
    return None


def _secrets(subject: Subject) -> list[dict[str, Any]]:
    return subject.cluster.items("the Secrets", object_path("v1", "secrets", subject.project))


def _store(subject: Subject, live: Mapping[str, Any]) -> Finding:
    if is_true(live, "Ready"):
        return ok(described(live, "Ready"))
    sync = subject.kubectl(f"annotate secretstore {live['metadata']['name']} force-sync=$(date +%s) --overwrite")
    reason = sync_failure.store_reason(subject.cluster, live, datetime.datetime.now(datetime.UTC) - _CURRENT)
    return failed(reason, "Ready", f"fix the reported cause, then run: {sync}")


def _external_secret(subject: Subject, interval: str, live: Mapping[str, Any]) -> Finding:
    name = live["metadata"]["name"]
    sync = subject.kubectl(f"annotate externalsecret {name} force-sync=$(date +%s) --overwrite")
    if not is_true(live, "Ready"):
        reason = sync_failure.reason(subject.cluster, live, datetime.datetime.now(datetime.UTC) - _CURRENT)
        return failed(reason, "Ready", f"fix the reported cause, then run: {sync}")
    status = live.get("status") or {}
    synced = _time(status.get("refreshTime"))
    changed = max((_time(entry["time"]) for entry in _changes(live)), default=synced)
    check_controller = f"check that External Secrets' controller runs, then run: {sync}"
    if synced + _CLOCKS < changed:
        return failed(
            f"synced at {synced:%H:%M:%S}, changed at {changed:%H:%M:%S} UTC",
            "synced after the last change",
            check_controller,
        )
    pause = datetime.timedelta(seconds=seconds(interval))
    if pause and datetime.datetime.now(datetime.UTC) - synced > 2 * pause + _CLOCKS:
        return failed(f"synced at {synced:%Y-%m-%d %H:%M} UTC", f"synced every {interval}", check_controller)
    binding = (status.get("binding") or {}).get("name")
    target = live["spec"]["target"]["name"]
    if binding != target:
        found = f"bound to Secret {binding}" if binding else "bound to no Secret"
        return failed(found, f"bound to Secret {target}", f"run: {sync}")
    return ok(f"{described(live, 'Ready')}, synced at {synced:%Y-%m-%d %H:%M} UTC")


def _changes(live: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the changes of the spec that the API server has recorded."""
    entries = live["metadata"].get("managedFields") or []
    return [entry for entry in entries if not entry.get("subresource") and "f:spec" in (entry.get("fieldsV1") or {})]


def _time(written: str | None) -> datetime.datetime:
    return datetime.datetime.fromisoformat(written or "1970-01-01T00:00:00Z")


def _secret(subject: Subject, credential: Credential) -> Finding:
    """Check the Secret that Kargo uses: of all Secrets that match, the first by name (Kargo 1.11)."""
    for_repository = [s for s in _secrets(subject) if secret_data(s).get("repoURL") == credential.repo_url]
    labeled = [secret for secret in _secrets(subject) if _label(secret) == credential.cred_type]
    own = [secret for secret in for_repository if secret in labeled]
    if not own:
        names = [secret["metadata"]["name"] for secret in for_repository]
        return failed(
            f"Secret {names[0]} does not have the label" if names else "missing",
            f"a Secret with label {CRED_TYPE_LABEL}: {credential.cred_type} and repoURL {credential.repo_url}",
            subject.again,
        )
    used = min((s for s in labeled if _matches(secret_data(s), credential)), key=lambda s: str(s["metadata"]["name"]))
    name = used["metadata"]["name"]
    if used not in own:
        return failed(
            f"Kargo uses Secret {name}, which also matches and is the first by name",
            f"Kargo uses Secret {own[0]['metadata']['name']}",
            f"remove Secret {name}, or change its repoURL so that it does not match; see: "
            + subject.kubectl(f"describe secret {name}"),
        )
    data = secret_data(used)
    wanted = {**credential.data(), credential.secret_key: None}
    if isinstance(credential.source, AzureKeyVaultSource) and credential.source.username_property:
        wanted["username"] = None
    wrong = [key for key, value in wanted.items() if not data.get(key) or value not in (None, data[key])]
    if wrong:
        return failed(
            f"Secret {name}: {', '.join(wrong)} missing or wrong",
            f"the keys {', '.join(wanted)}",
            _recreated(subject, credential, name),
        )
    return ok(f"Secret {name}")


def _recreated(subject: Subject, secret: ProjectSecret, name: str) -> str:
    """Return the advice for a Secret with a wrong content."""
    by_stack = isinstance(secret.source, StackSource)
    recreate = f"then run: {subject.again}" if by_stack else "External Secrets recreates it"
    return f"run: {subject.kubectl(f'delete secret {name}')}; {recreate}"


def _token(subject: Subject, token: NotifyToken) -> Finding:
    """Check the Secret of a token. Without it, Kargo sends an empty token (Kargo 1.11)."""
    secret = next((s for s in _secrets(subject) if s["metadata"]["name"] == token.secret_name), None)
    name, key = token.secret_name, token.secret_key
    expected = f"Secret {name} with the key {key}"
    if secret is None:
        return failed("missing", expected, subject.again)
    if not secret_data(secret).get(key):
        return failed(f"Secret {name}: {key} missing or empty", expected, _recreated(subject, token, name))
    return ok(f"Secret {name}")


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
    if isinstance(credential.account.login, AppLogin):
        return ok("a GitHub App; the doctor does not verify its login")
    login = login_for(subject, credential.name)
    if login is None:
        return unknown(NO_LOGIN)
    tried = sign_in.sign_in_at_registry if credential.cred_type == "image" else sign_in.sign_in_at_git
    try:
        tried(credential.tried_at, login, subject.stack.ca_bundle)
    except sign_in.SignInError as error:
        return failed(str(error), f"'{login.username}' can sign in", _where_to_correct(subject, credential))
    except sign_in.UnreachableError as error:
        return failed(str(error), "an answer", "check that the server runs, and that this machine can reach it")
    return ok(f"'{login.username}' can sign in")


def _where_to_correct(subject: Subject, credential: Credential) -> str:
    if credential.source.is_written:
        key = first_given(credential.account.config_keys, subject.secrets) or credential.account.config_keys[-1]
        return f"run: pulumi config set --secret {NAME}:{key} --stack {subject.name}, then pulumi up"
    return (
        f"correct the value in the source of {credential.account.path}, set another rotation there, then run: pulumi up"
    )
