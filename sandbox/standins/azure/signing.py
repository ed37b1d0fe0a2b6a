"""The key with which the stand-in for Entra signs its tokens, and with which Key Vault's verifies them."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from jwt.algorithms import RSAAlgorithm

from sandbox.layout import write_private

_ALGORITHM = "RS256"


class SigningKey:
    """An RSA key.

    Args:
        private: the private key.
    """

    def __init__(self, private: rsa.RSAPrivateKey) -> None:
        self._private, self._public = private, private.public_key()
        content = self._public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        self._id = hashlib.sha256(content).hexdigest()[:27]

    @classmethod
    def generate(cls) -> "SigningKey":
        """Return a new key."""
        return cls(rsa.generate_private_key(public_exponent=65537, key_size=2048))

    @classmethod
    def kept_in(cls, path: Path) -> "SigningKey":
        """Return the key in a file, which is generated at the first use."""
        if not path.exists():
            key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
            write_private(path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode())
        loaded = load_pem_private_key(path.read_bytes(), None)
        assert isinstance(loaded, rsa.RSAPrivateKey)
        return cls(loaded)

    @property
    def published(self) -> dict[str, Any]:
        """The public key as a JSON Web Key."""
        return {**RSAAlgorithm.to_jwk(self._public, as_dict=True), "use": "sig", "alg": _ALGORITHM, "kid": self._id}

    def sign(self, claims: Mapping[str, Any]) -> str:
        """Return a token with these claims."""
        return jwt.encode(dict(claims), self._private, _ALGORITHM, {"kid": self._id})

    def verified(self, token: str) -> dict[str, Any]:
        """Return the claims of a token with a valid signature and time. Issuer and audience are not checked.

        Raises:
            jwt.InvalidTokenError: if the signature or the time is not valid.
        """
        claims: dict[str, Any] = jwt.decode(token, self._public, [_ALGORITHM], options={"verify_aud": False})
        return claims
