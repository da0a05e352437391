"""How the resources are: the fleet, what changes in it, and what is held back from it."""

from __future__ import annotations

from palette_operator.cli.dashboard.panels import Look, Panel, Query, Row
from palette_operator.cli.dashboard.promql import largest, last_hour, or_none, quantile, told, total

_OBJECTS = "palette_operator_objects"
_CHANGES = "palette_operator_change_to_applied_seconds"


def _versions(state: str) -> str:
    return total(told("palette_operator_clusters_by_profile", f'state="{state}"'), "profile", "version")


_WANTED, _RUN = _versions("desired"), _versions("applied")

FLEET = Row(
    "Fleet",
    (
        Panel(
            "Not Ready, by reason",
            "Resources whose Ready is not True. What each reason means and what to do: docs/reference/conditions.md.",
            (
                Query(
                    or_none(total(told(_OBJECTS, 'condition="Ready"', 'status!="True"'), "kind", "reason"), "reason"),
                    "{{kind}} {{reason}}",
                ),
            ),
            Look.AREAS,
        ),
        Panel(
            "What waits for a person",
            "Stalled resources by reason: time alone changes nothing.",
            (
                Query(
                    or_none(total(told(_OBJECTS, 'condition="Stalled"'), "kind", "reason"), "reason"),
                    "{{kind}} {{reason}}",
                ),
            ),
            Look.AREAS,
        ),
        Panel(
            "Clusters, by availability",
            "PaletteClusters by the reason of Available: running and healthy, on their way, or why not.",
            (
                Query(
                    or_none(
                        total(told(_OBJECTS, 'kind="PaletteCluster"', 'condition="Available"'), "status", "reason"),
                        "reason",
                    ),
                    "{{reason}} ({{status}})",
                ),
            ),
            Look.AREAS,
        ),
        Panel(
            "Edge hosts, by state and health",
            "EdgeHosts in Palette's words; `none` is one that has not said so yet.",
            (
                Query(
                    or_none(total(told("palette_edge_hosts"), "state", "health"), "state"),
                    "{{state}} {{health}}",
                ),
            ),
            Look.AREAS,
        ),
        Panel(
            "Silent hosts, by how long",
            "EdgeHosts whose device went silent, by how long it has been. A step in `under_5m` is a site or a network; "
            "what is in `over_7d` has been forgotten.",
            (Query(or_none(total(told("palette_edge_hosts_offline"), "for"), "for"), "{{for}}"),),
            Look.AREAS,
        ),
        Panel(
            "Every condition",
            "All resources, by each of their conditions.",
            (
                Query(
                    or_none(total(told(_OBJECTS), "kind", "condition", "status", "reason"), "kind"),
                    "resources",
                ),
            ),
            Look.TABLE,
        ),
    ),
)

ROLLOUTS = Row(
    "Rollouts",
    (
        Panel(
            "Profile versions",
            "PaletteClusters that want a version of a profile, and that run it.",
            (Query(or_none(_WANTED, "profile"), "wanted"), Query(or_none(_RUN, "profile"), "run")),
            Look.TABLE,
        ),
        Panel(
            "Still to come to the version they want",
            "PaletteClusters that want a version and do not run it yet. A line that stops falling is a rollout that "
            "has halted: see what is held back, and what is not Ready.",
            (
                Query(
                    or_none(f"clamp_min({_WANTED} - ({_RUN} or {_WANTED} * 0), 0)", "profile"),
                    "{{profile}} {{version}}",
                ),
            ),
            Look.LINES,
        ),
        Panel(
            "From change to Ready",
            "Time from when a change of a spec is first seen until the resource is Ready for it, of the changes of the "
            "last hour: half of them, and 95 of 100, took no longer.",
            (
                Query(quantile(0.5, _CHANGES, "kind", window="1h"), "{{kind}} 50 %"),
                Query(quantile(0.95, _CHANGES, "kind", window="1h"), "{{kind}} 95 %"),
            ),
            Look.LINES,
            unit="s",
            when_empty="no change became Ready within the hour",
        ),
        Panel(
            "Changes that became Ready, in an hour",
            "How many changes of a spec became Ready within the hour before.",
            (Query(or_none(total(last_hour(f"{_CHANGES}_count"), "kind"), "kind"), "{{kind}}"),),
            Look.AREAS,
        ),
    ),
    columns=4,
)

HELD = Row(
    "Held back, drifted, deleted",
    (
        Panel(
            "Held back, by reason",
            "Resources whose changes or deletion a guard, a permission or a person holds back. Who can let "
            "them go: docs/reference/conditions.md, reasons for holding back.",
            (Query(or_none(total(told("palette_operator_held"), "kind", "reason"), "reason"), "{{kind}} {{reason}}"),),
            Look.AREAS,
        ),
        Panel(
            "Drift that is reported",
            "Resources that differ in Palette where spec.drift.policy says to report that; status.drift says where.",
            (Query(or_none(total(told("palette_operator_drifted"), "kind"), "kind"), "{{kind}}"),),
            Look.AREAS,
        ),
        Panel(
            "Being deleted",
            "Resources that are being deleted, by what is awaited.",
            (
                Query(
                    or_none(total(told(_OBJECTS, 'condition="Deleting"'), "kind", "reason"), "reason"),
                    "{{kind}} {{reason}}",
                ),
            ),
            Look.AREAS,
        ),
        Panel(
            "Oldest deletion, by kind",
            "How long the deletion that began first has taken so far. One that only grows is stuck: the "
            "conditions Deleting and DeletionHeld of the resource say why.",
            (Query(or_none(largest(told("palette_operator_deleting_oldest_seconds"), "kind"), "kind"), "{{kind}}"),),
            Look.LINES,
            unit="s",
        ),
    ),
    columns=4,
)
