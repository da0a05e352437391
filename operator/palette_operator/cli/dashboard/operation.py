"""How the operator itself is doing: its work, and its replicas."""

from __future__ import annotations

from palette_operator.cli.dashboard.panels import Look, Panel, Query, Row
from palette_operator.cli.dashboard.promql import each, largest, or_none, per_second, quantile, told, total

_RECONCILES, _RECONCILE_S = "palette_operator_reconciles_total", "palette_operator_reconcile_seconds"

WORK = Row(
    "The operator's work",
    (
        Panel(
            "Looks, by kind",
            "Looks at a resource each second: after a change in the cluster or in Palette, and from time to time.",
            (Query(or_none(total(per_second(_RECONCILES), "kind"), "kind"), "{{kind}}"),),
            Look.AREAS,
            unit="ops",
        ),
        Panel(
            "Looks that failed",
            "Looks whose outcome could not be written (`unreported`: the API server, or somebody was faster), and that "
            "a defect ended (`error`: please report it, with the log). All are tried again.",
            (
                Query(
                    or_none(total(per_second(_RECONCILES, 'outcome!="done"'), "kind", "outcome"), "kind"),
                    "{{kind}} {{outcome}}",
                ),
            ),
            Look.AREAS,
            unit="ops",
        ),
        Panel(
            "Duration of a look",
            "Half of the looks, and 95 of 100, took no longer, waiting for permits included.",
            (
                Query(quantile(0.5, _RECONCILE_S, "kind"), "{{kind}} 50 %"),
                Query(quantile(0.95, _RECONCILE_S, "kind"), "{{kind}} 95 %"),
            ),
            Look.LINES,
            unit="s",
            when_empty="nothing was looked at",
        ),
        Panel(
            "Waiting for a worker",
            "Resources that are due. A hill in a rollout is as it should be; one that does not go down is not.",
            (Query(or_none(total(told("palette_operator_queue_depth"), "kind"), "kind"), "{{kind}}"),),
            Look.AREAS,
        ),
        Panel(
            "Longest wait for a worker",
            "How long the resource that has waited longest has done so.",
            (Query(or_none(largest(told("palette_operator_queue_oldest_seconds"), "kind"), "kind"), "{{kind}}"),),
            Look.LINES,
            unit="s",
        ),
        Panel(
            "Statuses written",
            "Writes to the API server each second. A status that did not change is not written: 0 when all is calm.",
            (Query(or_none(total(per_second("palette_operator_status_writes_total"), "kind"), "kind"), "{{kind}}"),),
            Look.AREAS,
            unit="wps",
        ),
    ),
)


def _replicas(expression: str) -> tuple[Query, ...]:
    return (Query(expression, "{{instance}}"),)


REPLICAS = Row(
    "Replicas",
    (
        Panel(
            "Who leads",
            "1 for the replica that leads, 0 for one that stands by.",
            _replicas(largest(each("palette_operator_leader"), "instance")),
            Look.LINES,
            when_empty="not scraped",
        ),
        Panel(
            "CPU",
            "Use of one core. The operator is one process with one thread that works: at 100 % it is at its end.",
            _replicas(largest(per_second("process_cpu_seconds_total"), "instance")),
            Look.LINES,
            unit="percentunit",
            when_empty="not scraped",
        ),
        Panel(
            "Memory",
            "Resident memory. What a fleet of some size needs: docs/explanation/performance.md.",
            _replicas(largest(each("process_resident_memory_bytes"), "instance")),
            Look.LINES,
            unit="bytes",
            when_empty="not scraped",
        ),
        Panel(
            "Up for",
            "Time since a replica was started; a fall to 0 is a restart.",
            _replicas(f"time() - {largest(each('process_start_time_seconds'), 'instance')}"),
            Look.LINES,
            unit="s",
            when_empty="not scraped",
        ),
        Panel(
            "Open files",
            "Files and connections that are open, of those that may be.",
            _replicas(
                f"{largest(each('process_open_fds'), 'instance')} / {largest(each('process_max_fds'), 'instance')}"
            ),
            Look.LINES,
            unit="percentunit",
            when_empty="not scraped",
        ),
        Panel(
            "Versions",
            "Which version each replica runs.",
            (Query(largest(each("palette_operator_build_info"), "namespace", "instance", "version")),),
            Look.TABLE,
            when_empty="not scraped",
        ),
    ),
)
