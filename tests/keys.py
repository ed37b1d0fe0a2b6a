"""Private keys of the forms that a GitHub App might be given, made anew for each run of the tests."""

from functools import cache

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

PASSPHRASE = b"planted-passphrase"


@cache
def rsa_key(
    form: PrivateFormat = PrivateFormat.TraditionalOpenSSL, is_encrypted: bool = False, bits: int = 2048
) -> str:
    """Return an RSA key in PEM: `TraditionalOpenSSL` is PKCS #1, as GitHub generates it."""
    return _pem(rsa.generate_private_key(65537, bits), form, is_encrypted)


@cache
def other_keys() -> dict[str, str]:
    """Return PEM blocks that are no RSA private key, by what they are."""
    key = rsa.generate_private_key(65537, 2048)
    return {
        "elliptic curve": _pem(ec.generate_private_key(ec.SECP256R1()), PrivateFormat.TraditionalOpenSSL),
        "elliptic curve in PKCS #8": _pem(ec.generate_private_key(ec.SECP256R1()), PrivateFormat.PKCS8),
        "Ed25519": _pem(ed25519.Ed25519PrivateKey.generate(), PrivateFormat.PKCS8),
        "OpenSSH": _pem(key, PrivateFormat.OpenSSH),
        "public": key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(),
    }


def _pem(
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey,
    form: PrivateFormat,
    is_encrypted: bool = False,
) -> str:
    encryption = BestAvailableEncryption(PASSPHRASE) if is_encrypted else NoEncryption()
    return key.private_bytes(Encoding.PEM, form, encryption).decode()
