"""JSON web tokens, as the logins of simulated APIs give them."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping


def signed(claims: Mapping[str, object], secret: bytes) -> str:
    """Write claims as a JWT that is signed with HS256."""
    body = f"{_part({'alg': 'HS256', 'typ': 'JWT'})}.{_part(claims)}"
    signature = hmac.digest(secret, body.encode(), hashlib.sha256)
    return f"{body}.{_encoded(signature)}"


def _part(content: Mapping[str, object]) -> str:
    return _encoded(json.dumps(content, separators=(",", ":")).encode())


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
