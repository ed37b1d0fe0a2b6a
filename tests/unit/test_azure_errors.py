"""Messages about a vault in one line: the cause and the fix by Azure's code, or the service's own sentence."""

import re
from pathlib import Path

import pytest
import yaml

from clients.azure_errors import _CAUSES, _CODES, _MESSAGES, Reading, explained

CASES = yaml.safe_load((Path(__file__).parents[1] / "fixtures" / "azure_errors.yaml").read_text())
READING = Reading(
    key="gitops",
    vault="https://v.vault.azure.net",
    client="2222",
    tenant="1111",
    subject="system:serviceaccount:backstage:azurekv",
    issuer="https://oidc.example.com/",
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_line_begins_with_the_cause_and_the_fix_and_contains_what_the_service_says(case):
    line = explained(case["text"], READING)
    assert line.startswith(case["says"])
    assert [part for part in case.get("omits", []) if part in line] == []
    assert "\n" not in line


@pytest.mark.parametrize("code", _CAUSES)
def test_each_code_is_found_in_the_forms_of_both_sdks(code):
    entra = f'x\n"error_description": "{code}: said Trace ID: 1"'
    inner = f'"innererror": {{"code": "{code}"}}'
    vault = f'RESPONSE 403: 403 F\nERROR CODE: Forbidden\n{{"error": {{"code": "Forbidden", {inner}}}}}'
    older = f'Status=403 Code="Forbidden" Message="said" InnerError={{"code":"{code}"}}'
    if code.startswith("AADSTS"):
        texts = [
            entra,
            f'adal: Status Code = \'401\'. Response body: {{"error_description":"{code}: said\\r\\nTrace ID: 1"}}',
        ]
    elif code.startswith("AKV"):
        texts = [f'ERROR CODE: Unauthorized\n"message": "{code}: said"', f'Code="Unauthorized" Message="{code}: said"']
    elif code.isdigit():
        texts = [f"RESPONSE {code}: said", f"StatusCode={code} -- Original Error"]
    else:
        texts = [vault, older, f'ERROR CODE: {code}\n"message": "said"', f'Code="{code}" Message="said"']
    for text in texts:
        line = explained(text)
        assert "; " in line
        assert code in line


def test_no_code_stands_twice_in_the_table():
    codes = [code for codes, *_ in _CODES for code in codes.split()]
    assert sorted(codes) == sorted(set(codes))


def test_every_line_reads_well_without_what_is_unknown():
    causes = [*_CAUSES.values(), *((problem, fix) for _, problem, fix in _MESSAGES)]
    for parts in causes:
        for part in parts:
            assert set(re.findall(r"\{(\w+)\}", part)) <= {"key", "vault", "identity", "tenant", "issuer", "subject"}
    line = explained("AADSTS700213: no")
    assert line.startswith("no federated credential of the identity of the store has this ServiceAccount as subject")
    assert "issuer the cluster's (kubectl get --raw /.well-known/openid-configuration)" in line


def test_a_code_at_the_end_of_a_long_message_decides():
    message = "Caller is not authorized. " * 200
    inner = '"innererror":{"code":"SecretDisabled"}'
    text = f'ERROR CODE: Forbidden\n{"-" * 80}\n{{"error":{{"message":"{message}",{inner}}}}}'
    line = explained(text, READING)
    assert line.startswith("the secret 'gitops' in https://v.vault.azure.net is disabled")
    assert len(line) < 500


def test_a_line_contains_no_token():
    line = explained("AKV10046: Unable to resolve the key. EncodedJwtHeader: eyJ0eXAiOiJKV1Qi.eyJhdWQiOiJhIn0.c2ln")
    assert "eyJ" not in line


def test_a_reason_is_one_line_of_bounded_length():
    line = explained("first\n\tsecond " + "x" * 5000)
    assert line.startswith("first second x")
    assert len(line) < 500
