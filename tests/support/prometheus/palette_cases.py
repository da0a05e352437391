"""Whether Palette answers, and what it says of connections and of its API."""

from __future__ import annotations

from support.prometheus.rules import Case, condition, rising, series, steady

_READY, _AWAY = (
    condition("PaletteConnection", "Ready", status, reason)
    for status, reason in (("True", "Ready"), ("Unknown", "PaletteUnreachable"))
)
_HOSTS_AWAY = condition("EdgeHost", "Ready", "Unknown", "PaletteUnreachable")
_INVALID = condition("PaletteConnection", "CredentialsValid", "False", "Unauthorized")
_REFUSED = condition("PaletteConnection", "Ready", "False", "Unauthorized")
_NO_SECRET = condition("PaletteConnection", "Ready", "False", "SecretNotFound")
_IN_USE = condition("PaletteConnection", "Ready", "False", "InUse")
_OK, _BAD, _NONE, _TOO_MANY = (
    series("palette_api_requests_total", prefix="/v1/edgehosts", method="GET", code=code)
    for code in ("200", "503", "none", "429")
)
_THROTTLED = series("palette_api_throttled_total", prefix="/v1/edgehosts")
_EXPIRY = series("palette_credential_expiry_timestamp_seconds", connection="default")
_DAY_S = 86_400.0


def _deprecated(path: str, sign: str) -> str:
    return series("palette_api_deprecated", method="GET", path=path, sign=sign)


CASES: dict[str, dict[str, Case]] = {
    "PaletteUnreachable": {
        "one connection of three loses its way to Palette": Case(
            {
                _READY: steady((3, 10), (2, 30), (3, 20)),
                _AWAY: steady((0, 10), (1, 30), (0, 20)),
                _HOSTS_AWAY: steady((0, 10), (800, 30), (0, 20)),
            },
            quiet=(9, 14, 46),
            firing={
                16: "PaletteConnections that cannot reach Palette: 1.",
                39: "PaletteConnections that cannot reach Palette: 1.",
            },
        ),
        "Palette is restarted": Case({_AWAY: steady((0, 10), (3, 4), (0, 20))}, quiet=(9, 12, 15, 20)),
        "a key is refused: that is another alert": Case(
            {_REFUSED: steady((1, 60))}, quiet=(5, 59), beside=("PaletteConnectionNotReady",)
        ),
    },
    "PaletteApiErrors": {
        "every fifth request fails": Case(
            {
                _OK: rising((60, 10), (48, 40), (60, 60)),
                _BAD: rising((0, 10), (6, 40), (0, 60)),
                _NONE: rising((0, 10), (6, 40), (0, 60)),
            },
            quiet=(9, 20, 70),
            firing={40: "Requests that Palette fails, or does not answer: 20%."},
        ),
        "one request in twenty fails": Case({_OK: rising((95, 90)), _BAD: rising((5, 90))}, quiet=(30, 89)),
        "Palette is away for five minutes": Case(
            {_OK: rising((60, 10), (0, 5), (60, 45)), _NONE: rising((0, 10), (4, 5), (0, 45))}, quiet=(14, 20, 30, 50)
        ),
    },
    "PaletteThrottled": {
        "somebody else takes all of a limit": Case(
            {
                _OK: rising((540, 10), (90, 60), (540, 60)),
                _TOO_MANY: rising((0, 10), (10, 60), (0, 60)),
                _THROTTLED: rising((0, 10), (10, 60), (0, 60)),
            },
            quiet=(9, 29, 90),
            firing={45: "Requests to /v1/edgehosts that Palette refuses with 429: 10%."},
            labels={"prefix": "/v1/edgehosts"},
        ),
        "a rival that leaves some room, to which the operator yields": Case(
            {_OK: rising((300, 120)), _TOO_MANY: rising((5, 120)), _THROTTLED: rising((5, 120))}, quiet=(30, 119)
        ),
        "a few refusals in one go": Case(
            {_OK: rising((10, 90)), _THROTTLED: rising((0, 30), (20, 1), (0, 59))}, quiet=(31, 45, 60, 89)
        ),
    },
    "PaletteApiDeprecated": {
        "Palette announces the end of two operations, and then an update comes": Case(
            {
                _deprecated("/v1/edgehosts", "announced"): steady((0, 10), (1, 120), (None, 120)),
                _deprecated("/v1/edgehosts/{uid}", "announced"): steady((0, 10), (2, 120), (None, 120)),
            },
            quiet=(9, 60, 200),
            firing={80: "Operations that the operator uses and Palette will drop: 2."},
            labels={"sign": "announced"},
        ),
        "Palette does not have an operation": Case(
            {_deprecated("/v1/edgehosts", "missing"): steady((0, 10), (1, 120))},
            quiet=(9,),
            firing={80: "Operations that the operator uses and Palette does not have: 1."},
            labels={"sign": "missing"},
        ),
        "an operation was missing for a moment": Case(
            {_deprecated("/v1/edgehosts", "missing"): steady((0, 10), (1, 20), (0, 90))}, quiet=(9, 29, 100)
        ),
    },
    "PaletteConnectionNotReady": {
        "two keys are refused, one Secret is missing": Case(
            {
                _REFUSED: steady((0, 10), (2, 30), (0, 20)),
                _INVALID: steady((0, 10), (2, 30), (0, 20)),
                _NO_SECRET: steady((0, 10), (1, 30), (0, 20)),
            },
            quiet=(9, 19, 47),
            firing={21: "PaletteConnections that cannot be used: 3.", 39: "PaletteConnections that cannot be used: 3."},
        ),
        "what is wrong changes meanwhile": Case(
            {_REFUSED: steady((0, 10), (1, 6), (None, 20)), _NO_SECRET: steady((0, 16), (1, 20))},
            quiet=(9, 19),
            firing={21: "PaletteConnections that cannot be used: 1."},
        ),
        "a key is replaced by a wrong one, and then by the right one": Case(
            {_REFUSED: steady((0, 10), (1, 8), (0, 40))}, quiet=(12, 18, 30)
        ),
        "a connection is being deleted, and still in use": Case({_IN_USE: steady((0, 10), (1, 50))}, quiet=(21, 59)),
        "Palette is away: that is another alert": Case(
            {_AWAY: steady((0, 10), (1, 50))}, quiet=(21, 59), beside=("PaletteUnreachable",)
        ),
    },
    "PaletteCredentialExpiring": {
        "a key is replaced twelve days before it expires": Case(
            {_EXPIRY: steady((12 * _DAY_S, 60), (90 * _DAY_S, 60))},
            quiet=(10, 80),
            firing={30: "The API key of PaletteConnection default expires in 11d 23h 30m 0s."},
            labels={"connection": "default"},
        ),
        "a key is good for a month": Case({_EXPIRY: steady((30 * _DAY_S, 60))}, quiet=(30, 59)),
        "a key never expires": Case({_EXPIRY: steady((None, 60))}, quiet=(30, 59)),
    },
}
