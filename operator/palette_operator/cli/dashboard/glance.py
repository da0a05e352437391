"""At a glance: whether anything needs anybody."""

from __future__ import annotations

from palette_operator.cli.dashboard.panels import GREEN, ORANGE, RED, Bound, Look, Panel, Query, Row, warned
from palette_operator.cli.dashboard.promql import each, largest, last_hour, or_zero, told, total

_DAY_S = 86_400
_OBJECTS = "palette_operator_objects"


def _number(
    title: str,
    tells: str,
    expression: str,
    *,
    unit: str = "short",
    when_empty: str = "",
    bounds: tuple[Bound, ...] = (),
) -> Panel:
    return Panel(title, tells, (Query(expression),), Look.NUMBER, unit, when_empty, bounds)


def _count(kind: str) -> str:
    return or_zero(total(told(_OBJECTS, f'kind="{kind}"', 'condition="Ready"')))


GLANCE = Row(
    "At a glance",
    (
        _number(
            "Leaders",
            "Replicas that lead. Always one: with none nothing is done, and two mean that the Lease does not hold.",
            or_zero(total(each("palette_operator_leader"))),
            bounds=(Bound(0, RED), Bound(1, GREEN), Bound(2, RED)),
        ),
        _number(
            "Connections",
            "PaletteConnections that the operator has looked at.",
            _count("PaletteConnection"),
        ),
        _number(
            "Clusters",
            "PaletteClusters that the operator has looked at.",
            _count("PaletteCluster"),
        ),
        _number(
            "Edge hosts",
            "EdgeHosts, those included that have not been looked at yet.",
            or_zero(total(told("palette_edge_hosts"))),
        ),
        _number(
            "Not Ready",
            "Resources whose Ready is not True, of all kinds. Why: the panels below, and docs/reference/conditions.md.",
            or_zero(total(told(_OBJECTS, 'condition="Ready"', 'status!="True"'))),
            bounds=warned(orange=1),
        ),
        _number(
            "Stalled",
            "Resources that wait for a person: time alone changes nothing. `palette-operator status -A` lists them.",
            or_zero(total(told(_OBJECTS, 'condition="Stalled"'))),
            bounds=warned(red=1),
        ),
        _number(
            "Held back",
            "Resources whose changes or deletion a guard, a permission or a person holds back.",
            or_zero(total(told("palette_operator_held"))),
            bounds=warned(orange=1),
        ),
        _number(
            "Drifted",
            "Resources that somebody changed in Palette, where spec.drift.policy says to report that.",
            or_zero(total(told("palette_operator_drifted"))),
            bounds=warned(orange=1),
        ),
        _number(
            "Hosts offline",
            "EdgeHosts whose device went silent. Those that never came are not counted.",
            or_zero(total(told("palette_edge_hosts_offline"))),
            bounds=warned(orange=1),
        ),
        _number(
            "Oldest deletion",
            "How long the deletion that began first has taken so far; 0 while nothing is being deleted.",
            or_zero(largest(told("palette_operator_deleting_oldest_seconds"))),
            unit="s",
            bounds=warned(orange=3_600, red=_DAY_S),
        ),
        _number(
            "Longest wait",
            "How long the resource that has waited longest for a worker has done so. Minutes mean that the operator is "
            "too slow, or that calls to Palette are.",
            or_zero(largest(told("palette_operator_queue_oldest_seconds"))),
            unit="s",
            bounds=warned(orange=60, red=600),
        ),
        _number(
            "Fleet seen",
            "Time since the last complete look at the fleet began, of the project that was seen longest ago. Much more "
            "than spec.poll.fleetSeconds: Palette does not answer, or not in time.",
            largest(told("palette_fleet_age_seconds")),
            unit="s",
            when_empty="no connection",
            bounds=warned(orange=300, red=900),
        ),
        _number(
            "Answers 429",
            "How often Palette refused a request as one too many, within the last hour. The operator keeps to the "
            "documented limits: somebody else uses the same source address.",
            or_zero(total(last_hour("palette_api_throttled_total"))),
            bounds=warned(red=1),
        ),
        _number(
            "Failed looks",
            "Looks at a resource within the last hour whose outcome could not be written, or that a defect ended. All "
            "are tried again; the log says more.",
            or_zero(total(last_hour("palette_operator_reconciles_total", 'outcome!="done"'))),
            bounds=warned(orange=1),
        ),
        _number(
            "Credential ends in",
            "Time until the first of the credentials expires, where Palette tells when. See "
            "docs/how-to/rotate-credentials.md.",
            f"min({told('palette_credential_expiry_timestamp_seconds')}) - time()",
            unit="s",
            when_empty="no end known",
            bounds=(Bound(0, RED), Bound(3 * _DAY_S, ORANGE), Bound(14 * _DAY_S, GREEN)),
        ),
        Panel(
            "Version",
            "Version of the operator; two during an upgrade.",
            (Query(f"count by (version) ({each('palette_operator_build_info')})", "{{version}}"),),
            Look.NUMBER,
            when_empty="not scraped",
            shows_legend=True,
        ),
    ),
    columns=8,
)
