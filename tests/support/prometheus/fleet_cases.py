"""Whether the fleet is seen, is whole, and its hosts are heard of."""

from __future__ import annotations

from support.prometheus.rules import Case, Values, condition, series, steady

_SHRANK = condition("PaletteConnection", "FleetShrank", "True", "FleetShrank")
_LEFT = condition("PaletteConnection", "LeftBehind", "True", "LeftBehind")
_STALE = condition("PaletteConnection", "StaleFleet", "True", "StaleFleet")
_REFUSED = condition("PaletteConnection", "RegistrationToken", "False", "Forbidden")
_NOT_OURS = condition("PaletteConnection", "RegistrationToken", "False", "SecretNotOurs")
_UNANSWERED = condition("PaletteConnection", "RegistrationToken", "Unknown", "PaletteUnreachable")
_UNKNOWN = condition("PaletteConnection", "RegistrationToken", "Unknown", "Progressing")
_VALID = condition("PaletteConnection", "RegistrationToken", "True", "Valid")
_SHRANK_SUMMARY = "PaletteConnections of whose fleet more than a tenth vanished at once: 1."
_LEFT_SUMMARY = "PaletteConnections with something in Palette that is marked as ours and has no resource: 2."
_SLOW_SUMMARY = "PaletteConnections whose fleet is looked at less often than they ask: 1."
_FOR = ("under_5m", "5m_to_1h", "1h_to_1d", "1d_to_7d", "over_7d")
_BOUNDS = (5, 60, 24 * 60, 7 * 24 * 60)


def _silent(count: int) -> str:
    return f"Edge hosts that fell silent within a day, many of them at once: {count}."


def _token(count: int) -> str:
    return f"PaletteConnections whose registration token cannot be made, renewed or removed: {count}."


def _hosts(total: int, *outages: tuple[int, int, int], minutes: int) -> dict[str, Values]:
    """Return what is told of a fleet of which so many fall silent at a minute, and come back at another."""
    silent: dict[str, Values] = {for_: [] for for_ in _FOR}
    for now in range(minutes):
        counts = dict.fromkeys(_FOR, 0)
        for count, begin, end in outages:
            if begin <= now < end:
                counts[next((f for f, bound in zip(_FOR, _BOUNDS, strict=False) if now - begin < bound), _FOR[-1])] += (
                    count
                )
        for for_ in _FOR:
            silent[for_].append(counts[for_])
    away = [sum(counts) for counts in zip(*silent.values(), strict=True)]
    return {
        series("palette_edge_hosts", state="in-use", health="healthy"): [total - n for n in away],
        series("palette_edge_hosts", state="in-use", health="unhealthy"): list(away),
    } | {series("palette_edge_hosts_offline", for_=for_): values for for_, values in silent.items()}


_DAYS = 24 * 60

CASES: dict[str, dict[str, Case]] = {
    "PaletteFleetShrank": {
        "part of a fleet vanishes, and comes back": Case(
            {_SHRANK: steady((0, 10), (1, 30), (0, 20))},
            quiet=(9, 11, 47),
            firing={13: _SHRANK_SUMMARY, 39: _SHRANK_SUMMARY},
        ),
        "what vanished is found to be gone indeed": Case(
            {_SHRANK: steady((0, 10), (1, 1), (None, 40))}, quiet=(10, 13, 40)
        ),
    },
    "PaletteLeftBehind": {
        "resources are removed by force, and applied again hours later": Case(
            {_LEFT: steady((0, 10), (2, 120), (0, 20))},
            quiet=(9, 39, 137),
            firing={42: _LEFT_SUMMARY, 129: _LEFT_SUMMARY},
        ),
        "the resource is back within half an hour, and another goes later": Case(
            {_LEFT: steady((0, 10), (1, 25), (0, 10), (1, 25), (None, 20))}, quiet=(34, 45, 69, 85)
        ),
    },
    "PaletteRegistrationTokenNotRenewed": {
        "the credential may not renew one token of two, until it is given the role": Case(
            {_REFUSED: steady((0, 10), (1, 120), (0, 20)), _VALID: steady((2, 10), (1, 120), (2, 20))},
            quiet=(9, 39, 137),
            firing={42: _token(1), 129: _token(1)},
        ),
        "two cannot be made, for different reasons": Case(
            {_REFUSED: steady((1, 60)), _NOT_OURS: steady((1, 60))}, firing={40: _token(2)}
        ),
        "one reason takes the place of another": Case(
            {_UNANSWERED: steady((1, 20), (None, 40)), _REFUSED: steady((None, 20), (1, 40))},
            quiet=(29,),
            firing={31: _token(1), 59: _token(1)},
        ),
        "Palette refuses for less than half an hour": Case(
            {_REFUSED: steady((0, 10), (1, 25), (0, 10), (1, 25), (None, 20))}, quiet=(34, 45, 69, 85)
        ),
        "nothing is known, as the connection does not work": Case({_UNKNOWN: steady((1, 120))}, quiet=(40, 119)),
        "it works": Case({_VALID: steady((3, 120))}, quiet=(40, 119)),
    },
    "PaletteFleetStale": {
        "a fleet outgrows the limits, until somebody raises fleetSeconds": Case(
            {_STALE: steady((0, 10), (1, 60), (0, 40))},
            quiet=(9, 24, 90),
            firing={26: _SLOW_SUMMARY, 69: _SLOW_SUMMARY},
        ),
        "Palette answers slowly for ten minutes": Case({_STALE: steady((0, 10), (1, 10), (0, 40))}, quiet=(19, 26, 50)),
    },
    "PaletteEdgeHostsFellSilent": {
        "a provider fails three hours long: one alert for 300 hosts of 10,000": Case(
            _hosts(10_000, (300, 120, 300), minutes=400),
            quiet=(119, 121, 315),
            firing={123: _silent(300), 180: _silent(300), 185: _silent(300), 299: _silent(300)},
        ),
        "a small fleet goes dark at once": Case(
            _hosts(6, (6, 120, 180), minutes=240), quiet=(119, 121, 195), firing={123: _silent(6), 179: _silent(6)}
        ),
        "half of them come back": Case(
            _hosts(1000, (60, 120, 150), (60, 120, 400), minutes=440),
            quiet=(119, 415),
            firing={123: _silent(120), 160: _silent(60), 399: _silent(60)},
        ),
        "most of them come back": Case(
            _hosts(1000, (60, 120, 150), (15, 120, 400), minutes=400), quiet=(119, 165, 399), firing={123: _silent(75)}
        ),
        "ten hosts of a thousand fall silent at once": Case(
            _hosts(1000, (10, 120, 300), minutes=300), quiet=(123, 190, 299)
        ),
        "one host of a thousand is switched off": Case(_hosts(1000, (1, 120, 300), minutes=300), quiet=(123, 190, 299)),
        "a store with four hosts of forty loses its power": Case(
            _hosts(40, (4, 120, 300), minutes=300), quiet=(123, 190, 299)
        ),
        "hosts go one by one, all day": Case(
            _hosts(1000, *((1, minute, 3000) for minute in range(70, 1600, 5)), minutes=1600),
            quiet=tuple(range(120, 1600, 60)),
            beside=("PaletteEdgeHostsOffline",),
        ),
        "many reboot after an update, within a minute": Case(
            _hosts(1000, (400, 120, 121), minutes=200), quiet=(120, 122, 130, 199)
        ),
        "a fleet is taken over of which a tenth has long been silent": Case(
            _hosts(1000, (100, 0, 3000), minutes=_DAYS + 90),
            quiet=(3, 30, 61, 70, 300, _DAYS - 1),
            beside=("PaletteEdgeHostsOffline",),
        ),
    },
    "PaletteEdgeHostsOffline": {
        "a host has been off for a day, until somebody goes there": Case(
            _hosts(1000, (1, 60, 60 + 30 * 60), minutes=60 + 32 * 60),
            quiet=(60 + _DAYS - 1, 60 + _DAYS + 58, 60 + 31 * 60),
            firing={60 + _DAYS + 62: "Edge hosts that have been silent for more than a day: 1."},
        ),
        "a host is off over night": Case(_hosts(1000, (1, 60, 60 + 12 * 60), minutes=60 + 13 * 60), quiet=(700, 839)),
        "a host was given up on long ago": Case(
            {series("palette_edge_hosts_offline", for_="over_7d"): steady((1, 200))}, quiet=(100, 199)
        ),
    },
}
