"""The kinds of text, number and list that fields are made of, each with its limit.

Every limit is there for the API server too: it estimates what a rule may cost from them, and refuses a
CRD whose lists or texts are unbounded.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, StrictBool, StrictInt

ItemT = TypeVar("ItemT")

# A pattern and what it asks for in words: a person is never shown a regular expression.
PATTERN_WORDS: dict[str, str] = {}


def _pattern(regex: str, words: str) -> str:
    PATTERN_WORDS[regex] = words
    return regex


def _checked(check: Callable[[str], object], words: str) -> AfterValidator:
    """Refuse with `words` what makes `check` raise ValueError; an empty text passes."""

    def validate(value: str) -> str:
        try:
            if value:
                check(value)
        except ValueError:
            raise ValueError(words) from None
        return value

    return AfterValidator(validate)


def _clip(limit: int) -> BeforeValidator:
    """Shorten what is too long: a long remote message must never make a status write fail."""

    def clip(value: object) -> object:
        if isinstance(value, str) and len(value) > limit:
            return value[: limit - 1] + "\N{HORIZONTAL ELLIPSIS}"
        if isinstance(value, list | tuple):
            return tuple(value[:limit])
        return value

    return BeforeValidator(clip)


def named(*keys: str) -> dict[str, Any]:
    """Mark a list as a map keyed by `keys`, so that two appliers can each own their items."""
    return {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": list(keys)}


_DNS_LABEL = _pattern(
    r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$",
    "must be lower-case letters, digits and dashes, not starting or ending in a dash",
)
_DNS_NAME = _pattern(
    r"^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$",
    "must be lower-case letters, digits, dashes and dots, not starting or ending in a dash or dot",
)
_SECRET_KEY = _pattern(r"^[-._a-zA-Z0-9]+$", "must be letters, digits, dashes, underscores and dots")
_POINTER = _pattern(r"^/spec(/[^/]+)+$", "must be a path such as /spec/tags/owner")
_SHARE = _pattern(r"^(1|1\.0+|0\.[0-9]*[1-9][0-9]*)$", 'must be a decimal above "0" and at most "1", such as "0.9"')
_ENDPOINT = _pattern(
    r"^https?://[^\s/?#@]+/?$", "must be a URL without path, query or user, such as https://api.spectrocloud.com"
)
_PROXY = _pattern(r"^(https?://[^\s/?#@]+/?)?$", "must be a URL without path, query or user, such as http://proxy:3128")
_LOCAL_URL = _pattern(
    r"^https://[^\s/?#@]+/?$", "must be an https URL without path, query or user, such as https://10.10.135.182:5080"
)
_FINGERPRINT = _pattern(
    r"^(([0-9a-fA-F]{2}:?){31}[0-9a-fA-F]{2})?$", "must be 64 hex digits, with or without colons between the bytes"
)
_SHA256 = _pattern(r"^[0-9a-fA-F]{64}$", "must be 64 hex digits")
_FILE_URL = _pattern(
    r"^https://[^\s/?#@]+/[^\s?#@]*[^\s?#@/]$",
    "must be the https URL of a file without query or user, such as https://files.site.example/bundle.tar.zst",
)
_CERTIFICATE = _pattern(
    r"^-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\s*$", "must be one certificate in PEM"
)
_PREFIX = _pattern(r"^/v1/[^\s?#]+$", "must be an endpoint prefix such as /v1/edgehosts")
_CIDR = _pattern(r"^[0-9a-fA-F.:]+/[0-9]{1,3}$", "must be a network such as 100.64.0.0/18")
_MAC = _pattern(r"^([0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5})?$", "must be a MAC address such as 52:54:00:12:34:56")
_AMOUNT = _pattern(r"^([0-9]+%?)?$", 'must be a number or a percentage, such as "1" or "20%"')
_TEXT = _pattern(r"^\S(.*\S)?$", "must not start or end with a space, and must be one line")

Flag = StrictBool
Count = Annotated[StrictInt, Field(ge=0, le=2_147_483_647)]
Text = Annotated[str, Field(max_length=253)]
"""Short text that may be empty."""
Name = Annotated[str, Field(min_length=1, max_length=253, pattern=_TEXT)]
"""A name of something in Palette."""
DnsLabel = Annotated[str, Field(min_length=1, max_length=63, pattern=_DNS_LABEL)]
DnsName = Annotated[str, Field(min_length=1, max_length=253, pattern=_DNS_NAME)]
"""A Kubernetes object's name."""
SecretKey = Annotated[str, Field(min_length=1, max_length=253, pattern=_SECRET_KEY)]
LabelValue = Annotated[str, Field(max_length=253)]
Labels = Annotated[dict[str, LabelValue], Field(max_length=64)]
Pointer = Annotated[str, Field(max_length=512, pattern=_POINTER)]
Share = Annotated[str, Field(max_length=6, pattern=_SHARE)]
Endpoint = Annotated[str, Field(max_length=512, pattern=_ENDPOINT)]
Proxy = Annotated[str, Field(max_length=512, pattern=_PROXY)]
LocalUrl = Annotated[str, Field(max_length=512, pattern=_LOCAL_URL)]
Fingerprint = Annotated[str, Field(max_length=95, pattern=_FINGERPRINT)]
Sha256 = Annotated[str, Field(max_length=64, pattern=_SHA256)]
FileUrl = Annotated[str, Field(max_length=1024, pattern=_FILE_URL)]
Certificate = Annotated[str, Field(max_length=16384, pattern=_CERTIFICATE)]
LongText = Annotated[str, Field(max_length=4096)]
Prefix = Annotated[str, Field(max_length=128, pattern=_PREFIX)]
IpAddress = Annotated[
    str, Field(max_length=45), _checked(ipaddress.ip_address, "must be an IP address such as 10.4.2.10")
]
Cidr = Annotated[
    str,
    Field(max_length=49, pattern=_CIDR),
    _checked(lambda text: ipaddress.ip_network(text, strict=False), PATTERN_WORDS[_CIDR]),
]
MacAddress = Annotated[str, Field(max_length=17, pattern=_MAC)]
Amount = Annotated[str, Field(max_length=10, pattern=_AMOUNT)]
Arch = Literal["amd64", "arm64"]
Priority = Literal["primary", "secondary"]

Timestamp = AwareDatetime
"""UTC; written with a precision of one second."""
Word = Annotated[str, Field(max_length=253), _clip(253)]
"""Text of a status; shortened rather than refused."""
Message = Annotated[str, Field(max_length=4096), _clip(4096)]
"""A sentence of a status; shortened rather than refused."""
Few = Annotated[tuple[ItemT, ...], Field(max_length=10), _clip(10)]
"""A list of a status, of which the first 10 are kept."""
Many = Annotated[tuple[ItemT, ...], Field(max_length=256), _clip(256)]
"""A list of a status, of which the first 256 are kept."""
