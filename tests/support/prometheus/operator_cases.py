"""Whether the operator is there, leads, and gets its work done."""

from __future__ import annotations

from support.prometheus.rules import LEADING, STANDBY, Case, rising, series, steady

_UP_A, _UP_B = series("up", pod=LEADING), series("up", pod=STANDBY)
_LEADER_A, _LEADER_B = (series("palette_operator_leader", pod=pod) for pod in (LEADING, STANDBY))
_WAIT = series("palette_operator_queue_oldest_seconds", kind="PaletteCluster")
_DONE, _ERROR, _UNREPORTED = (
    series("palette_operator_reconciles_total", kind="EdgeHost", outcome=outcome)
    for outcome in ("done", "error", "unreported")
)
_AT = {"instance": "10.0.0.1:8080"}
_BUILD, _BEGAN = (series(metric, **_AT) for metric in ("palette_operator_build_info", "process_start_time_seconds"))
_OTHER_BEGAN = series("process_start_time_seconds", pod="another", job="another", instance="10.0.0.2:8080")
_DOWN = "No replica of the Palette operator can be scraped."
_NO_LEADER = "No replica of the Palette operator in palette-system leads."

CASES: dict[str, dict[str, Case]] = {
    "PaletteOperatorDown": {
        "both replicas are gone for a while": Case(
            {
                _UP_A: steady((1, 10), (0, 20), (1, 10)),
                _UP_B: steady((1, 10), (None, 30)),
                _LEADER_A: steady((1, 10), (None, 20), (1, 10)),
                _LEADER_B: steady((0, 10), (None, 1)),
            },
            quiet=(9, 14, 31),
            firing={16: _DOWN, 29: _DOWN},
        ),
        "Prometheus finds no replica any more": Case(
            {_UP_A: steady((1, 10), (None, 30)), _UP_B: steady((1, 10), (None, 30))},
            quiet=(9, 14),
            firing={16: _DOWN},
            labels={"namespace": ""},
        ),
        "something else is down": Case(
            {series("up", pod="another", job="another"): steady((1, 10), (0, 30))}, quiet=(9, 16, 39)
        ),
        "one replica is gone": Case({_UP_A: steady((1, 10), (0, 60))}, quiet=(9, 16, 69)),
        "both are replaced at once, within four minutes": Case(
            {_UP_A: steady((1, 10), (None, 4), (1, 30)), _UP_B: steady((1, 10), (None, 4), (1, 30))},
            quiet=(9, 13, 16, 40),
        ),
    },
    "PaletteOperatorNoLeader": {
        "the leader steps down and nobody takes over": Case(
            {_LEADER_A: steady((1, 10), (0, 20), (1, 10))},
            quiet=(9, 14, 31),
            firing={16: _NO_LEADER, 29: _NO_LEADER},
        ),
        "the leader dies, and the other never takes over": Case(
            {_UP_A: steady((1, 10), (0, 30)), _LEADER_A: steady((1, 10), (None, 30))},
            quiet=(9, 14),
            firing={16: _NO_LEADER, 39: _NO_LEADER},
        ),
        "the other takes over": Case(
            {_LEADER_A: steady((1, 10), (0, 50)), _LEADER_B: steady((0, 12), (1, 48))}, quiet=(9, 12, 16, 50)
        ),
        "a takeover takes longer than it should": Case(
            {_LEADER_A: steady((1, 10), (0, 50)), _LEADER_B: steady((0, 14), (1, 48))}, quiet=(9, 13, 16, 50)
        ),
    },
    "PaletteOperatorRestarting": {
        "the leader loses its Lease every ten minutes, for an hour": Case(
            {_BUILD: steady((1, 200)), _BEGAN: steady((0, 30), *((600.0 * n, 10) for n in range(6)), (3600, 110))},
            quiet=(30, 65, 145),
            firing={85: "Restarts of one replica of the Palette operator within an hour: 5."},
        ),
        "it runs out of memory, and is away for a while each time": Case(
            {
                _BUILD: steady((1, 30), *(((None, 5), (1, 5)) * 6)),
                _BEGAN: steady((1, 30), *(stretch for n in range(6) for stretch in ((None, 5), (600.0 * n + 2, 5)))),
            },
            firing={82: "Restarts of one replica of the Palette operator within an hour: 5."},
        ),
        "the nodes of both restart, twice": Case(
            {
                series(metric, pod=pod, instance=pod): values
                for pod in (LEADING, STANDBY)
                for metric, values in (
                    ("palette_operator_build_info", steady((1, 90))),
                    ("process_start_time_seconds", steady((0, 30), (600, 10), (1200, 50))),
                )
            },
            quiet=(35, 60, 89),
        ),
        "updates make new pods, one after another": Case(
            {
                series(metric, pod=f"palette-operator-{n}", instance=f"10.0.0.{n}:8080"): steady(
                    (None, 10 * n), (600.0 * n, 10), (None, 1)
                )
                for n in range(9)
                for metric in ("palette_operator_build_info", "process_start_time_seconds")
            },
            quiet=(45, 60, 89),
        ),
        "something else restarts": Case(
            {_BUILD: steady((1, 90)), _OTHER_BEGAN: [float(minute) for minute in range(90)]}, quiet=(45, 89)
        ),
    },
    "PaletteOperatorBacklog": {
        "the workers are held up": Case(
            {_WAIT: [*steady((0, 10)), *(60.0 * minute for minute in range(60)), *steady((0, 30))]},
            quiet=(25, 30, 80),
            firing={32: "Longest wait of a PaletteCluster for a worker: 22m 0s."},
            labels={"kind": "PaletteCluster"},
        ),
        "a fleet of 10,000 hosts is registered for the first time": Case(
            {_WAIT: [60.0 * min(minute, 19) for minute in range(19)] + steady((0, 30))}, quiet=(10, 18, 25)
        ),
    },
    "PaletteOperatorReconcileErrors": {
        "a resource that no look survives": Case(
            {_ERROR: rising((0, 10), (1, 60), (0, 60))},
            quiet=(9, 35, 100),
            firing={45: "Looks at EdgeHosts keep ending with a defect of the operator."},
            labels={"kind": "EdgeHost"},
        ),
        "a look fails ten times, and then succeeds": Case(
            {_ERROR: rising((0, 10), (1, 10), (0, 60))}, quiet=(15, 25, 45)
        ),
        "a look fails once an hour": Case(
            {_ERROR: rising((0, 59), (1, 1), (0, 59), (1, 1), (0, 59))}, quiet=(60, 80, 121, 150)
        ),
    },
    "PaletteOperatorStatusNotWritten": {
        "the API server refuses statuses": Case(
            {_DONE: rising((60, 10), (30, 40), (60, 60)), _UNREPORTED: rising((0, 10), (30, 40), (0, 60))},
            quiet=(9, 20, 80),
            firing={40: "Looks whose result could not be written to the API server: 50%."},
        ),
        "some conflicts, as there always are": Case(
            {_DONE: rising((60, 90)), _UNREPORTED: rising((2, 90))}, quiet=(20, 50, 89)
        ),
        "the API server is away for five minutes": Case(
            {_DONE: rising((60, 10), (0, 5), (60, 60)), _UNREPORTED: rising((0, 10), (60, 5), (0, 60))},
            quiet=(14, 20, 30, 60),
        ),
    },
}
