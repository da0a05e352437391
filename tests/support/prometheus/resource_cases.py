"""Whether resources get to where they are to be."""

from __future__ import annotations

from support.prometheus.rules import Case, Values, condition, series, steady

_DELETING = series("palette_operator_deleting_oldest_seconds", kind="PaletteCluster")
_HELD, _NOT_ALLOWED = (
    condition("PaletteCluster", "DeletionHeld", "True", reason) for reason in ("HeldByGuard", "NotAllowed")
)
_CREATION_HELD = condition("PaletteCluster", "Synced", "False", "HeldByGuard")
_SHRANK = condition("PaletteConnection", "FleetShrank", "True", "FleetShrank")
_ROLLOUT = {"profile": "edge-base", "version": "1.5.0"}


def _rollout(desired: Values, applied: Values) -> dict[str, Values]:
    metric = "palette_operator_clusters_by_profile"
    return {series(metric, state="desired", **_ROLLOUT): desired, series(metric, state="applied", **_ROLLOUT): applied}


def _stands(behind: int) -> str:
    return f"The rollout of edge-base 1.5.0 stands still; clusters that do not run it: {behind}."


CASES: dict[str, dict[str, Case]] = {
    "PaletteRolloutHalted": {
        "it stops at a quarter, and goes on hours later": Case(
            _rollout(
                steady((None, 10), (500, 500)),
                [*steady((None, 10)), *map(float, range(125)), *steady((125, 240)), *map(float, range(126, 251))],
            ),
            quiet=(130, 250, 400),
            firing={270: _stands(375), 370: _stands(375)},
            labels=_ROLLOUT,
        ),
        "it never begins": Case(
            _rollout(steady((None, 10), (500, 300)), steady((None, 310))),
            quiet=(9, 125),
            firing={145: _stands(500)},
            labels=_ROLLOUT,
        ),
        "three of twelve do not follow": Case(
            _rollout(steady((12, 300)), steady((9, 300))), firing={145: _stands(3)}, labels=_ROLLOUT
        ),
        "one cluster after another, each in nine minutes": Case(
            _rollout(steady((100, 700)), [float(minute // 9) for minute in range(700)]), quiet=(130, 400, 699)
        ),
        "all run it but some whose sites are away": Case(
            _rollout(steady((500, 400)), steady((460, 400))), quiet=(130, 399)
        ),
        "two new clusters take their time": Case(_rollout(steady((2, 400)), steady((0, 400))), quiet=(130, 399)),
        "all run it": Case(_rollout(steady((500, 400)), steady((500, 400))), quiet=(130, 399)),
    },
    "PaletteDeletionStuck": {
        "a cluster cannot be deleted, until somebody helps": Case(
            {_DELETING: [*steady((0, 10)), *(60.0 * minute for minute in range(120)), *steady((0, 30))]},
            quiet=(9, 70, 79, 140),
            firing={90: "Longest deletion of a PaletteCluster: 1h 20m 0s."},
            labels={"kind": "PaletteCluster"},
        ),
        "a deletion takes three quarters of an hour": Case(
            {_DELETING: [60.0 * minute for minute in range(45)] + steady((0, 30))}, quiet=(44, 60)
        ),
    },
    "PaletteDeletionsHeld": {
        "somebody removes a folder of fifty clusters": Case(
            {_HELD: steady((0, 10), (40, 50), (1, 10), (0, 30)), _SHRANK: steady((0, 100))},
            quiet=(9, 14, 80),
            firing={
                16: "PaletteClusters whose deletion the guard holds back: 40.",
                69: "PaletteClusters whose deletion the guard holds back: 1.",
            },
            labels={"kind": "PaletteCluster"},
        ),
        "one deletion too many waits for its turn, shortly": Case(
            {_HELD: steady((0, 10), (1, 4), (0, 30))}, quiet=(13, 16, 40)
        ),
        "deletions are not allowed at all, and a creation is held": Case(
            {_NOT_ALLOWED: steady((5, 60)), _CREATION_HELD: steady((5, 60))}, quiet=(16, 59)
        ),
        "a fleet shrank: that is another alert": Case(
            {_HELD: steady((0, 10), (5, 60)), _SHRANK: steady((0, 10), (1, 60))},
            quiet=(16, 69),
            beside=("PaletteFleetShrank",),
        ),
    },
    "PaletteResourcesStalled": {
        "profiles are missing, specs are wrong": Case(
            {
                condition("PaletteCluster", "Stalled", "True", "ProfileNotFound"): steady((0, 10), (12, 90), (0, 30)),
                condition("PaletteCluster", "Stalled", "True", "InvalidSpec"): steady(
                    (0, 10), (3, 80), (1, 10), (0, 30)
                ),
            },
            quiet=(9, 69, 110),
            firing={72: "PaletteClusters that wait for somebody to act: 15."},
            labels={"kind": "PaletteCluster"},
        ),
        "somebody corrects a spec within the hour": Case(
            {condition("EdgeHost", "Stalled", "True", "InvalidSpec"): steady((0, 10), (1, 50), (0, 60))}, quiet=(59, 75)
        ),
        "a connection waits for somebody: that is another alert": Case(
            {condition("PaletteConnection", "Stalled", "True", "Unauthorized"): steady((1, 120))}, quiet=(75, 119)
        ),
    },
    "PaletteClustersFailing": {
        "clusters become unhealthy, and well again": Case(
            {
                condition("PaletteCluster", "Ready", "False", "Unhealthy"): steady((0, 10), (7, 50), (1, 10), (0, 30)),
                # Of some, something else comes first.
                condition("PaletteCluster", "Available", "False", "Unhealthy"): steady((0, 10), (9, 60), (0, 30)),
            },
            quiet=(9, 39, 77),
            firing={42: "Clusters that are Unhealthy: 7.", 69: "Clusters that are Unhealthy: 1."},
            labels={"reason": "Unhealthy"},
        ),
        "packs cannot be applied": Case(
            {condition("PaletteCluster", "Ready", "False", "ApplyFailed"): steady((2, 60))},
            firing={42: "Clusters that are ApplyFailed: 2."},
            labels={"reason": "ApplyFailed"},
        ),
        "clusters are being provisioned": Case(
            {condition("PaletteCluster", "Ready", "False", "Provisioning"): steady((50, 120))}, quiet=(42, 119)
        ),
        "a cluster is unhealthy for a quarter of an hour": Case(
            {condition("PaletteCluster", "Ready", "False", "Unhealthy"): steady((0, 10), (1, 15), (0, 60))},
            quiet=(24, 45),
        ),
    },
}
