"""Secrets are taken out of a text in every form in which a server may echo them."""

import base64
from urllib.parse import quote

import pytest

from clients.secrecy import MASK, Scrubber

PASSWORD = "planted/pass wörd+1"
DIGEST = "0123456789abcdef" * 4
URL = f"https://kargo.example.com/base/generic/{DIGEST}"


def digits(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "echoed",
    [
        PASSWORD,
        quote(PASSWORD, safe=""),
        digits(PASSWORD),
        *(f"Authorization: Basic {digits(f'{user}:{PASSWORD}')}" for user in ("a", "ab", "abc", "giteaadmin")),
        *(f"{digits(f'{before}{PASSWORD} and more')}" for before in ("", "x", "xy")),
        base64.urlsafe_b64encode(f"user:{PASSWORD}".encode()).decode(),
    ],
)
def test_a_password_is_found_in_every_form(echoed):
    shown = Scrubber([PASSWORD])(f"refused: {echoed}; see above")
    assert MASK in shown
    for text in (PASSWORD, quote(PASSWORD, safe=""), digits(PASSWORD).rstrip("=")):
        assert text not in shown
    # What is left of the digits does not decode to the password.
    left = shown.replace(MASK, "")
    assert "planted" not in left
    assert digits("lanted/pass w")[2:-4] not in left


@pytest.mark.parametrize("echoed", [URL, f"/base/generic/{DIGEST}", f"no receiver {DIGEST}"])
def test_a_receivers_path_is_as_secret_as_its_url(echoed):
    assert DIGEST not in Scrubber([{"gitea-packages": URL}])(echoed)


def test_other_urls_keep_their_short_last_part():
    text = "see https://gitea.example.com/team/gitops.git"
    assert Scrubber(["https://gitea.example.com/other/gitops.git"])(text) == text
