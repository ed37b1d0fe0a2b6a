"""A GitHub App's private key, as Kargo reads it.

It is a PEM block with an RSA key in the form PKCS #1 or PKCS #8 that is not encrypted; the whole may be encoded in
base64 once more (Kargo 1.11, pkg/credentials/github; golang-jwt 5.3, ParseRSAPrivateKeyFromPEM; Go 1.26, crypto/rsa).
Go also reads a key whose last three numbers are damaged, and computes them. Here such a key is refused.
"""

import base64
import binascii
import re
from collections.abc import Iterator

# A block begins at the last BEGIN line before its END line. The lines may end with CR LF.
_BLOCK = re.compile(
    r"^-----BEGIN ([^\n]*)-----[ \t]*\r?\n((?:(?!-----BEGIN ).)*?)^-----END \1-----[ \t]*\r?$", re.DOTALL | re.MULTILINE
)
_HEADER = re.compile(r"\A[^\n:]*:[^\n]*\n")
_INTEGER, _OCTETS, _SEQUENCE = 0x02, 0x04, 0x30
_RSA_ENCRYPTION = bytes.fromhex("06092a864886f70d010101")
# The rules of crypto/rsa. Go signs with no key below 1024 bits.
_SHORTEST_BITS = 1024
_LARGEST_EXPONENT = 2**31
_SHORTEST_DISTANCE = 100
_LONG = 0x80


def private_key_problem(text: str) -> str | None:
    """Return why Kargo cannot use a private key, and the fix up to the command that sets it; None if it can."""
    text = _decoded(text)
    block = next(_blocks(text), None)
    if block is not None and _is_rsa(block):
        return None
    if "ENCRYPTED" in text:
        return (
            "encrypted with a passphrase, which Kargo does not have; run: openssl rsa -in encrypted.pem -out key.pem &&"
        )
    if block is None:
        return "not a private key in PEM format; run:"
    return "not an RSA private key; generate a key on the App's settings page, and run:"


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(re.sub("[\r\n]", "", text), validate=True).decode()
    except (binascii.Error, ValueError):
        return text


def _blocks(text: str) -> Iterator[bytes]:
    for block in _BLOCK.finditer(text):
        body = block[2]
        while header := _HEADER.match(body):
            body = body[header.end() :]
        try:
            yield base64.b64decode(re.sub("[ \t\r\n]", "", body), validate=True)
        except (binascii.Error, ValueError):
            continue


def _is_rsa(der: bytes) -> bool:
    """Return whether the DER encoding is an RSA private key whose parts belong together."""
    try:
        return _is_pkcs1(_within_pkcs8(der) or der)
    except (ValueError, IndexError):
        return False


def _within_pkcs8(der: bytes) -> bytes | None:
    """Return the PKCS #1 key in a PKCS #8 key; None if it is no PKCS #8 key."""
    content, _ = _element(der, _SEQUENCE)
    _, rest = _element(content, _INTEGER)
    if rest[0] != _SEQUENCE:
        return None
    algorithm, rest = _element(rest, _SEQUENCE)
    key, _ = _element(rest, _OCTETS)
    if not algorithm.startswith(_RSA_ENCRYPTION):
        raise ValueError("another kind of key")
    if parameters := algorithm[len(_RSA_ENCRYPTION) :]:
        _element(parameters, parameters[0])
    return key


def _is_pkcs1(der: bytes) -> bool:
    content, rest = _element(der, _SEQUENCE)
    if rest:
        raise ValueError("more than a key")
    numbers: list[int] = []
    while content and content[0] == _INTEGER:
        number, content = _element(content, _INTEGER)
        numbers.append(int.from_bytes(number, signed=True))
    version, n, e, d, p, q, dp, dq, inverse = numbers
    return (
        version <= 1
        and min(numbers[1:]) > 0
        and n.bit_length() >= _SHORTEST_BITS
        and e % 2 == 1
        and 1 < e < _LARGEST_EXPONENT
        and p * q == n
        and n > d > 2 ** (n.bit_length() // 2)
        and abs(p - q).bit_length() > n.bit_length() // 2 - _SHORTEST_DISTANCE
        and (d % (p - 1), d % (q - 1)) == (dp, dq)
        and (e * dp % (p - 1), e * dq % (q - 1), inverse * q % p) == (1, 1, 1)
        and inverse < p
    )


def _element(der: bytes, tag: int) -> tuple[bytes, bytes]:
    """Return the content of the first DER element, and what follows it.

    Raises:
        ValueError: if it is another element, or its length does not agree.
        IndexError: if the encoding ends before it.
    """
    length, start = der[1], 2
    if length & _LONG:
        start += length & ~_LONG
        length = int.from_bytes(der[2:start])
    end = start + length
    if der[0] != tag or len(der) < end or (der[1] & _LONG and (not der[2] or length < _LONG)):
        raise ValueError("no such element")
    content = der[start:end]
    if tag == _INTEGER and (not content or content != _shortest(content)):
        raise ValueError("not the shortest form of a number")
    return content, der[end:]


def _shortest(number: bytes) -> bytes:
    value = int.from_bytes(number, signed=True)
    return value.to_bytes((value if value >= 0 else ~value).bit_length() // 8 + 1, signed=True)
