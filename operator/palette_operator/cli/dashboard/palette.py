"""What goes on between the operator and the others: Palette, and hosts that it reaches directly."""

from __future__ import annotations

from palette_operator.cli.dashboard.panels import Look, Panel, Query, Row
from palette_operator.cli.dashboard.promql import each, largest, or_none, per_second, quantile, told, total

_PASSES = "palette_fleet_pass_seconds"

REQUESTS = Row(
    "Palette's API",
    (
        Panel(
            "Requests, by prefix",
            "Requests sent to Palette each second, by the prefix of the path whose limit they count against.",
            (Query(or_none(total(per_second("palette_api_requests_total"), "prefix"), "prefix"), "{{prefix}}"),),
            Look.AREAS,
            unit="reqps",
        ),
        Panel(
            "Answers, by code",
            "The same requests, by HTTP status; `none` is one that was not answered.",
            (Query(or_none(total(per_second("palette_api_requests_total"), "code"), "code"), "{{code}}"),),
            Look.AREAS,
            unit="reqps",
        ),
        Panel(
            "Answers 429, by prefix",
            "Requests each second that Palette refused as one too many. All calls to the prefix then pause and slow "
            "down. The operator keeps to the documented limits: who else uses the same source address?",
            (Query(or_none(total(per_second("palette_api_throttled_total"), "prefix"), "prefix"), "{{prefix}}"),),
            Look.AREAS,
            unit="reqps",
        ),
        Panel(
            "Rate that is permitted",
            "Rate at which requests to a prefix may leave; it falls after a 429 and grows back.",
            (
                Query(
                    or_none(total(told("palette_limiter_rate_per_second"), "group", "prefix"), "prefix"),
                    "{{prefix}} ({{group}})",
                ),
            ),
            Look.LINES,
            unit="reqps",
        ),
        Panel(
            "Wait for a permit, 95 %",
            "95 of 100 requests waited no longer for the limiter. In a rollout seconds are as they should be: limits "
            "set the pace. Seconds without one: spec.rateLimit.share is small, or Palette answered 429.",
            (Query(quantile(0.95, "palette_limiter_wait_seconds", "prefix"), "{{prefix}}"),),
            Look.LINES,
            unit="s",
            when_empty="no request was sent",
        ),
        Panel(
            "Operations that will end",
            "Operations of Palette that the operator uses and whose end Palette announced, or that it does not have: "
            "upgrade the operator before Palette.",
            (
                Query(
                    or_none(total(told("palette_api_deprecated"), "path", "method", "sign"), "path"),
                    "connections",
                ),
            ),
            Look.TABLE,
        ),
    ),
)

LOOKS = Row(
    "Looks at the fleet",
    (
        Panel(
            "Age of what is known",
            "Time since the last complete look at a project began. A saw of the height of spec.poll.fleetSeconds is "
            "as it should be; what only grows is a Palette that is not reached.",
            (Query(largest(told("palette_fleet_age_seconds"), "fleet"), "{{fleet}}"),),
            Look.LINES,
            unit="s",
            when_empty="no connection",
        ),
        Panel(
            "Duration of a look, 95 %",
            "95 of 100 looks at a project took no longer. It grows with the fleet, and with Palette's answers.",
            (Query(quantile(0.95, _PASSES, "outcome"), "{{outcome}}"),),
            Look.LINES,
            unit="s",
            when_empty="no look was taken",
        ),
        Panel(
            "Looks, by outcome",
            "Looks at a project each second: complete, incomplete (nothing is taken for absent after it), or short.",
            (Query(or_none(total(per_second(f"{_PASSES}_count"), "outcome"), "outcome"), "{{outcome}}"),),
            Look.AREAS,
            unit="ops",
        ),
        Panel(
            "One listing for all projects",
            "Whether one listing of the tenant serves all projects of a connection. No: each is listed by itself.",
            (
                Query(
                    or_none(largest(told("palette_fleet_tenant_wide"), "connection"), "connection"),
                    "{{connection}}",
                ),
            ),
            Look.LINES,
            unit="bool_yes_no",
        ),
        Panel(
            "Shortcuts given up",
            "Since each replica started: listings of the tenant, and short looks, that were given up, by why. Nothing "
            "is missed; looking costs more requests. See docs/explanation/looking-at-the-fleet.md.",
            (
                Query(
                    or_none(total(each("palette_fleet_fallbacks_total"), "connection", "why"), "why"),
                    "listing of the tenant {{connection}} {{why}}",
                ),
                Query(
                    or_none(total(each("palette_fleet_short_looks_ended_total"), "fleet", "why"), "why"),
                    "short looks {{fleet}} {{why}}",
                ),
            ),
            Look.LINES,
        ),
        Panel(
            "Credentials end in",
            "Time until the credential of a connection expires, where Palette tells when. See "
            "docs/how-to/rotate-credentials.md.",
            (
                Query(
                    f"min by (connection) ({told('palette_credential_expiry_timestamp_seconds')}) - time()",
                    "{{connection}}",
                ),
            ),
            Look.LINES,
            unit="s",
            when_empty="no end known",
        ),
    ),
)

HOSTS = Row(
    "Hosts that are reached directly",
    (
        Panel(
            "Hosts, by whether they answer",
            "EdgeHosts with spec.local.",
            (Query(or_none(total(told("palette_local_hosts"), "reach"), "reach"), "{{reach}}"),),
            Look.AREAS,
        ),
        Panel(
            "Duration of a round",
            "Time in which every such host that answers was looked at once.",
            (Query(or_none(largest(told("palette_local_round_seconds")), "reach"), "a round"),),
            Look.LINES,
            unit="s",
        ),
        Panel(
            "Requests to hosts, by code",
            "Requests each second to hosts' own APIs, by HTTP status; `none` is one that was not answered.",
            (Query(or_none(total(per_second("palette_edge_requests_total"), "code"), "code"), "{{code}}"),),
            Look.AREAS,
            unit="reqps",
        ),
    ),
)
