"""Errors of a vault that External Secrets cannot read: the cause and the fix, from the code that Azure gives them.

One table has the codes of Entra (`AADSTS…`), the codes and inner codes of Azure Key Vault, and HTTP statuses. Another
one has the messages without a code, of External Secrets and of the network.

Sources: Microsoft's lists of Entra's and Key Vault's error codes, and the troubleshooting pages of Azure Workload
Identity and of the Azure SDKs. The forms of the messages are from External Secrets 2.9 with both of its Azure SDKs:
azidentity 1.13 and azcore 1.19, or go-autorest and MSAL 1.5.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from clients.secrecy import MASK

AUDIENCE = "api://AzureADTokenExchange"
_LONGEST = 400
# A known cause is followed only by the beginning of the message.
_LONGEST_AFTER_CAUSE = 240


@dataclass(frozen=True)
class Reading:
    """The secret that External Secrets reads, and the identity that it presents. An empty string means unknown.

    Args:
        key: name of the secret.
        vault: URL of the vault.
        client: client ID of the identity.
        tenant: ID of the identity's Entra tenant.
        subject: subject of the ServiceAccount's token.
        issuer: issuer of the cluster's tokens.
    """

    key: str = ""
    vault: str = ""
    client: str = ""
    tenant: str = ""
    subject: str = ""
    issuer: str = ""


UNKNOWN = Reading()

_FEDERATE = (
    f"give {{identity}} a federated credential with issuer {{issuer}}, subject {{subject}} and audience {AUDIENCE}"
)
_CORRECT_IDENTITY = "correct the client ID and the tenant ID of the store"
_CLOUD = "check that vaultUrl and environmentType of the store belong to the cloud of {tenant}"
_NETWORK = "allow the cluster's addresses in its network settings, or give the cluster a private endpoint"
_LATER = "run pulumi up again in a few minutes"
_ADMINISTRATOR = "ask an administrator of {tenant} to allow {identity} to sign in"
_ROLE = "give {identity} the role Key Vault Secrets User in {vault}; a new role takes effect after up to ten minutes"
_GET = "in the vault's access policies give {identity} the permission Get for secrets, or change the vault to roles"

# Codes, the problem and the fix. Three digits are an HTTP status.
_CODES: tuple[tuple[str, str, str], ...] = (
    # The federated credential of a workload identity.
    ("AADSTS70025", "{identity} has no federated credential", _FEDERATE),
    ("AADSTS70021", "no federated credential of {identity} matches the cluster's token", _FEDERATE),
    ("AADSTS700211", "no federated credential of {identity} has the cluster's issuer", _FEDERATE),
    ("AADSTS700212", "no federated credential of {identity} has the audience of the cluster's token", _FEDERATE),
    (
        "AADSTS700213 AADSTS7002137",
        "no federated credential of {identity} has this ServiceAccount as subject",
        _FEDERATE,
    ),
    (
        "AADSTS7002138",
        "the subject of the federated credential of {identity} differs from the ServiceAccount in upper and lower case",
        _FEDERATE,
    ),
    (
        "AADSTS90061 AADSTS50166 AADSTS501661 AADSTS900612",
        "Entra cannot read the keys of the cluster's issuer",
        "publish its discovery document and its keys on the internet, as the API server serves them: issuer {issuer}",
    ),
    (
        "AADSTS700024 AADSTS500133",
        "Entra refuses the cluster's token as expired or not yet valid",
        "set the clocks of the cluster's nodes",
    ),
    (
        "AADSTS50006 AADSTS50012 AADSTS50013 AADSTS50027 AADSTS50048 AADSTS50099 AADSTS900384",
        "Entra does not accept the token or certificate that the store presents",
        "check that the cluster's issuer publishes its current keys, and that a certificate of the store is valid",
    ),
    ("AADSTS700229", "Entra refuses this kind of token for a federated credential", _FEDERATE),
    # The identity and its tenant.
    (
        "AADSTS700016 AADSTS700038 AADSTS700011 AADSTS50034 AADSTS51004",
        "{tenant} does not contain {identity}",
        f"{_CORRECT_IDENTITY}; the client ID is not the object ID",
    ),
    (
        "AADSTS7000229",
        "{identity} has no service principal in {tenant}",
        "create it: az ad sp create --id, with the client ID",
    ),
    ("AADSTS70001 AADSTS7000112", "{identity} is disabled", "enable it in Entra (Enterprise applications)"),
    (
        "AADSTS90002 AADSTS900021 AADSTS900023 AADSTS90013 AADSTS90019 AADSTS50059 AADSTS50128 AADSTS5000224",
        "Entra has no tenant with the ID of the store",
        f"correct the tenant ID of the store; {_CLOUD}",
    ),
    (
        "AADSTS90038 AADSTS900382 AADSTS900432 AADSTS90051 AADSTS1000104",
        "{tenant} belongs to another cloud of Azure",
        _CLOUD,
    ),
    (
        "AADSTS500011 AADSTS50001 AADSTS650052 AADSTS650057 AADSTS70011 AADSTS700022 AADSTS700023 AADSTS28002 "
        "AADSTS1002012",
        "{tenant} does not know Key Vault under the address that the store asks for",
        _CLOUD,
    ),
    ("AADSTS50105 AADSTS501051", "{identity} has no access to Key Vault in {tenant}", _ADMINISTRATOR),
    (
        "AADSTS53003 AADSTS53000 AADSTS53001 AADSTS53011 AADSTS530032 AADSTS530034 AADSTS530035 AADSTS50131",
        "a Conditional Access policy of {tenant} blocks {identity}",
        _ADMINISTRATOR,
    ),
    (
        "AADSTS50002 AADSTS500021 AADSTS500022 AADSTS500212 AADSTS500213",
        "a tenant restriction does not allow the cluster to sign in to {tenant}",
        _ADMINISTRATOR,
    ),
    # The secret or certificate of a service principal.
    (
        "AADSTS7000215 AADSTS70002 AADSTS50126",
        "the client secret of {identity} is wrong",
        "write the secret's value, not its ID, to the Secret that the store reads",
    ),
    (
        "AADSTS7000222 AADSTS50146",
        "the client secret or certificate of {identity} has expired",
        "create another one in Entra, and write it to the Secret that the store reads",
    ),
    (
        "AADSTS700027 AADSTS700030 AADSTS50003 AADSTS50017",
        "Entra does not accept the certificate of {identity}, or the signature of the cluster's token",
        "add the certificate to the identity in Entra, or publish the cluster's current keys at its issuer {issuer}",
    ),
    (
        "AADSTS7000216 AADSTS7000218 AADSTS900144 AADSTS90014",
        "the store presents neither a token nor a client secret",
        "add serviceAccountRef or authSecretRef to the store",
    ),
    (
        "AADSTS700025",
        "{identity} is a public client, which cannot sign in with a token or secret",
        "switch off public client flows of the identity in Entra",
    ),
    (
        "AADSTS50000 AADSTS50033 AADSTS50196 AADSTS90006 AADSTS90012 AADSTS90024 AADSTS90033 AADSTS90055 AADSTS90090 "
        "AADSTS90091",
        "Entra is not available, or limits its requests",
        _LATER,
    ),
    # Key Vault.
    ("ForbiddenByRbac", "{identity} has no role that allows it to read secrets of {vault}", _ROLE),
    ("ForbiddenByPolicy AccessDenied", "no access policy of {vault} allows {identity} to read secrets", _GET),
    ("ForbiddenByFirewall", "the firewall of {vault} blocks the cluster", _NETWORK),
    ("ForbiddenByConnection", "{vault} accepts private endpoints only", _NETWORK),
    ("ForbiddenByNsp", "a network security perimeter blocks the cluster's requests to {vault}", _NETWORK),
    (
        "Forbidden",
        "{vault} does not allow {identity} to read {key}",
        "check the role or access policy of {identity}, and that the current version of the secret is enabled",
    ),
    ("SecretDisabled", "{key} in {vault} is disabled", "enable its current version, or write a new one"),
    ("SecretNotFound", "{vault} does not contain {key}", "correct key, or write the secret to the vault"),
    (
        "VaultNotFound ResourceNotFound",
        "{vault} does not exist",
        "correct vaultUrl of the store; a deleted vault can be recovered",
    ),
    ("AKV10032", "{vault} belongs to another tenant than {identity}", "write the vault's tenant to the store"),
    ("AKV10022", "{vault} does not accept a token for this cloud", _CLOUD),
    (
        "BadParameter",
        "{vault} does not accept the name of the secret",
        "correct key: letters, digits and '-', without a version or a path",
    ),
    ("Throttled TooManyRequests 429", "Azure limits the number of requests", _LATER),
    ("AKV10046 InternalServerError ServiceUnavailable 500 502 503 504", "Azure is temporarily not available", _LATER),
)
_CAUSES = {code: (problem, fix) for codes, problem, fix in _CODES for code in codes.split()}

# Messages without a code: an expression, the problem and the fix. The first match is used.
_MESSAGES: tuple[tuple[str, str, str], ...] = (
    (
        r"could not get (Cluster)?SecretStore .* not found",
        "the store does not exist",
        "correct secretStore, or create the store",
    ),
    (
        r"using cluster store .* is not allowed",
        "the store does not allow this namespace",
        "add the project to its spec.conditions",
    ),
    (
        r"\w*SecretStore \S+ is not ready",
        "the store is not ready",
        "see its condition and its events: kubectl describe",
    ),
    (
        r"Secret does not exist|secrets \"[^\"]+\" not found",
        "{vault} does not contain {key}",
        "correct key, or write the secret to the vault",
    ),
    (
        # The newer SDK compares the tenants before it asks Entra, so there is no code.
        r"isn't configured to acquire tokens for tenant",
        "{vault} belongs to another tenant than {identity}",
        "correct the tenant ID of the store; the message names the vault's tenant",
    ),
    (
        r"property \S+ does not exist",
        "the value of {key} is not a JSON object with this property",
        "correct property, or write such an object to the vault",
    ),
    (
        r"(missing|multiple) (client|tenant)ID",
        "the store has no identity, or more than one",
        "set client ID and tenant ID once: in the annotations of its ServiceAccount or in the store",
    ),
    (
        r"serviceaccounts?\S* \S+ not found",
        "the ServiceAccount of the store does not exist",
        "run pulumi up --refresh, or correct serviceAccountRef of the store",
    ),
    (
        r"serviceaccounts/token|failed to fetch service account token",
        "External Secrets may not request tokens of the store's ServiceAccount",
        "allow its ServiceAccount to create serviceaccounts/token, as its Helm chart does",
    ),
    (
        r"Identity not found|isn't assigned to this resource|system assigned identity",
        "the cluster's node does not have the managed identity of the store",
        "assign it to the nodes, or correct identityId of the store",
    ),
    (
        r"managed identity timed out|169\.254\.169\.254|no managed identity endpoint",
        "the cluster's node has no managed identity",
        "use a workload identity, or run External Secrets on nodes of Azure",
    ),
    (
        r"challenge resource|WWW-Authenticate header",
        "the server at the store's vaultUrl is not a Key Vault of this cloud",
        _CLOUD,
    ),
    (
        r"x509:|certificate signed by unknown|tls: failed to verify",
        "External Secrets does not trust the server's certificate",
        "add the CA of your proxy to its container (SSL_CERT_FILE)",
    ),
    (r"proxyconnect|Proxy Authentication", "the proxy of External Secrets does not connect", "correct its HTTPS_PROXY"),
    (
        r"lookup .*no such host",
        "no server has the name of {vault} or of Entra",
        "correct vaultUrl of the store; check the cluster's DNS",
    ),
    (
        r"dial tcp|timeout|deadline exceeded|connection (refused|reset)|no route to host|unreachable|: EOF",
        "the cluster cannot reach {vault} or Entra",
        "check its outgoing network and the vaultUrl of the store",
    ),
)

# The service's own sentence, without the IDs and times of the request that follow it.
_OF_ENTRA = re.compile(r"AADSTS\d+: .*?(?=\s*(?:Trace ID|Correlation ID|Timestamp:|\"|$))", re.DOTALL)
_OF_VAULT = re.compile(r"(?:\"message\":\s*|Message=)\"((?:[^\"\\]|\\.)*)")
_INNER = re.compile(r"inner_?error\"?\s*[:=]\s*\{\s*\"code\":\s*\"(\w+)\"", re.IGNORECASE)
_OUTER = re.compile(r"ERROR CODE: (\w+)|\bCode=\"(\w+)\"|\"error\":\s*\{\s*\"code\":\s*\"(\w+)\"")
_STATUS = re.compile(r"(?:RESPONSE |Status(?:Code)?=|reply status code was )([45]\d\d)")
_TOKEN = re.compile(r"eyJ[\w-]{8,}(?:\.[\w-]*)*")
_RULER = re.compile(r"-{10,}")


def explained(text: str, reading: Reading = UNKNOWN) -> str:
    """Return a message of External Secrets in one line, after the cause and the fix if they are known.

    Args:
        text: the whole message: the code that decides may stand at its end.
        reading: what is known of the secret and the identity; the message may know more.
    """
    codes = list(_codes(text))
    cause = next((_CAUSES[code] for code in [*codes, *_STATUS.findall(text)] if code in _CAUSES), None)
    if cause is None and not codes:
        known = ((problem, fix) for words, problem, fix in _MESSAGES if re.search(words, text, re.IGNORECASE))
        cause = next(known, None)
    said = _tidy(_sentence(text, codes), _LONGEST if cause is None else _LONGEST_AFTER_CAUSE)
    if cause is None:
        return said
    problem, fix = (part.format_map(_words(text, reading)) for part in cause)
    return f"{problem}; {fix} ({said})"


def _codes(text: str) -> Iterator[str]:
    """Yield the codes of the services, the most exact one first."""
    yield from re.findall(r"AADSTS\d+", text)
    yield from re.findall(r"AKV\d+", text)
    inner = _INNER.findall(text)
    yield from inner
    outer = (next(filter(None, found)) for found in _OUTER.findall(text))
    # Next to an inner code, the outer one is no cause: a firewall and a missing role both are `Forbidden`.
    yield from (code for code in outer if not (inner and code == "Forbidden"))


def _sentence(text: str, codes: list[str]) -> str:
    """Return what the service says, without the request and its IDs; the whole text if no service speaks."""
    if found := _OF_ENTRA.search(text):
        return found[0]
    if codes and (found := _OF_VAULT.search(text)):
        return found[1] if found[1].startswith(codes[0]) else f"{codes[0]}: {found[1]}"
    return text


def _tidy(text: str, longest: int) -> str:
    """Return a text in one line of bounded length, without rulers and tokens."""
    text = _TOKEN.sub(MASK, _RULER.sub(" ", re.sub(r"\\[rn]", " ", text).replace('\\"', '"')))
    line = " ".join(text.split())
    return line if len(line) <= longest else f"{line[:longest]}…"


def _words(text: str, reading: Reading) -> dict[str, str]:
    """Return the values of the table's placeholders, as Entra's message has them, or as they are known."""
    issuer = re.search(r"issuer:? '([^']+)'", text, re.IGNORECASE)
    subject = re.search(r"subject:? '([^']+)'", text, re.IGNORECASE)
    issuers_place = "the cluster's (kubectl get --raw /.well-known/openid-configuration)"
    return {
        "key": f"the secret '{reading.key}'" if reading.key else "the secret",
        "vault": reading.vault or "the vault",
        "identity": f"the identity {reading.client}" if reading.client else "the identity of the store",
        "tenant": f"the tenant {reading.tenant}" if reading.tenant else "the tenant of the store",
        "issuer": issuer[1] if issuer else reading.issuer or issuers_place,
        "subject": subject[1] if subject else reading.subject or "system:serviceaccount:NAMESPACE:NAME",
    }
