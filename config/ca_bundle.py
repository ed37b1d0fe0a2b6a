"""The file of certificates that this machine trusts for Gitea and Kargo."""

import ssl
from collections.abc import Iterator
from pathlib import Path

from model.problem import Problem

_KEY = "caBundle"


def ca_bundle_problems(path: str | None) -> Iterator[Problem]:
    """Say if the file is not there or holds no certificate; the first request would fail half-way through `up`.

    Args:
        path: what the stack's file says; relative to the project's folder.
    """
    if path is None:
        return
    try:
        # Never a device, which might have no end.
        found = Path(path).is_file()
    except OSError:  # such as a name too long
        found = False
    if not found:
        yield Problem(_KEY, "no such file; write the path of a PEM file, from the project's folder or absolute")
        return
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
    except OSError:  # an SSLError is one
        yield Problem(_KEY, "not a readable PEM file with certificates; write the path of one")
