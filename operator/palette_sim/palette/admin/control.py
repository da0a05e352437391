"""Requests counted, faults, pauses, latency, outage, search lag and time."""

from dataclasses import asdict
from itertools import islice
from typing import TypeVar

from pydantic import Field

from palette_sim.common.clock import timestamp
from palette_sim.common.injection import AnnouncementSpec, FaultSpec, LatencySpec, OutageMode, Pause, PauseSpec
from palette_sim.common.jsonvalue import JsonObject
from palette_sim.common.settings import Settings
from palette_sim.palette.admin.call import AdminCall, AdminEndpoint
from palette_sim.palette.call import NO_CONTENT, Reply, created, ok
from palette_sim.palette.errors import not_found
from palette_sim.palette.paging import ListSettings, whole_number

DEFAULT_ENTRIES = 1000

T = TypeVar("T")


class OutageBody(Settings):
    """Whether Palette is down, and how that shows."""

    mode: OutageMode


class SearchLagBody(Settings):
    """How far the searches lag, in simulated seconds."""

    search_lag_s: float = Field(ge=0)


class AdvanceBody(Settings):
    """How far to move the simulated time forward."""

    seconds: float = Field(ge=0)


def show_requests(call: AdminCall) -> Reply:
    """Show the counters of the access log."""
    return ok(call.levers.log.summary())


def show_entries(call: AdminCall) -> Reply:
    """Show the latest entries of the access log, newest first, at most `limit`."""
    limit = whole_number(call.query, "limit") or DEFAULT_ENTRIES
    return ok([asdict(entry) for entry in islice(reversed(call.levers.log.entries), limit)])


def reset_requests(call: AdminCall) -> Reply:
    """Start the counting anew."""
    call.levers.log.reset()
    return NO_CONTENT


def show_faults(call: AdminCall) -> Reply:
    """List the faults in force; `left` is how many requests each has still to meet."""
    faults = call.levers.injections.faults.values()
    return ok([{"id": fault.id, "left": fault.left, **fault.spec.model_dump(mode="json")} for fault in faults])


def add_fault(call: AdminCall) -> Reply:
    """Put a fault into force."""
    return created(str(call.levers.injections.add_fault(call.body(FaultSpec)).id))


def remove_fault(call: AdminCall) -> Reply:
    """Take a fault out of force."""
    _take(call.levers.injections.faults, call, "fault")
    return NO_CONTENT


def show_pauses(call: AdminCall) -> Reply:
    """List the pauses; `waiting` is how many requests are stopped at each now."""
    return ok([_pause_view(pause) for pause in call.levers.injections.pauses.values()])


def add_pause(call: AdminCall) -> Reply:
    """Stop requests at a point."""
    return created(str(call.levers.injections.add_pause(call.body(PauseSpec)).id))


def release_pause(call: AdminCall) -> Reply:
    """Let go on what is stopped, and remove the pause."""
    _take(call.levers.injections.pauses, call, "pause").release()
    return NO_CONTENT


def abandon_pause(call: AdminCall) -> Reply:
    """Drop the connections of what is stopped, and remove the pause."""
    _take(call.levers.injections.pauses, call, "pause").abandon()
    return NO_CONTENT


def clear_injections(call: AdminCall) -> Reply:
    """Let nothing go wrong any more: no fault, pause, latency or outage."""
    call.levers.injections.clear()
    return NO_CONTENT


def set_latency(call: AdminCall) -> Reply:
    """Delay each request."""
    call.levers.injections.latency = call.body(LatencySpec)
    return NO_CONTENT


def set_outage(call: AdminCall) -> Reply:
    """Be down, or up again."""
    call.levers.injections.outage = call.body(OutageBody).mode
    return NO_CONTENT


def set_search_lag(call: AdminCall) -> Reply:
    """Let the searches lag behind writes."""
    call.levers.world.search_lag_s = call.body(SearchLagBody).search_lag_s
    return NO_CONTENT


def show_lists(call: AdminCall) -> Reply:
    """Show how the paged lists behave."""
    return ok(call.levers.world.lists.settings.model_dump(mode="json"))


def set_lists(call: AdminCall) -> Reply:
    """Let the paged lists misbehave, or behave again; what is not named is as documented."""
    call.levers.world.lists.settings = call.body(ListSettings)
    return NO_CONTENT


def show_announcements(call: AdminCall) -> Reply:
    """List what the answers announce."""
    announced = call.levers.injections.announcements.items()
    return ok([{"id": number, **spec.model_dump(mode="json")} for number, spec in announced])


def add_announcement(call: AdminCall) -> Reply:
    """Send headers with every answer to the requests that match."""
    return created(str(call.levers.injections.announce(call.body(AnnouncementSpec))))


def remove_announcement(call: AdminCall) -> Reply:
    """Send these headers no more."""
    _take(call.levers.injections.announcements, call, "announcement")
    return NO_CONTENT


def show_clock(call: AdminCall) -> Reply:
    """Show the simulated time."""
    now_s = call.levers.clock.now_s()
    return ok({"now": timestamp(now_s), "now_s": now_s})


def advance_clock(call: AdminCall) -> Reply:
    """Move the simulated time forward."""
    call.levers.clock.jump(call.body(AdvanceBody).seconds)
    call.levers.world.settle()
    return NO_CONTENT


def _pause_view(pause: Pause) -> JsonObject:
    return {"id": pause.id, "waiting": pause.waiting, "left": pause.left, **pause.spec.model_dump(mode="json")}


def _take(injected: dict[int, T], call: AdminCall, kind: str) -> T:
    number = call.params["id"]
    if not number.isdecimal() or int(number) not in injected:
        raise not_found(kind, number)
    return injected.pop(int(number))


ENDPOINTS: dict[tuple[str, str], AdminEndpoint] = {
    ("GET", "/_sim/requests"): show_requests,
    ("DELETE", "/_sim/requests"): reset_requests,
    ("GET", "/_sim/requests/entries"): show_entries,
    ("GET", "/_sim/faults"): show_faults,
    ("POST", "/_sim/faults"): add_fault,
    ("DELETE", "/_sim/faults/{id}"): remove_fault,
    ("GET", "/_sim/pauses"): show_pauses,
    ("POST", "/_sim/pauses"): add_pause,
    ("POST", "/_sim/pauses/{id}/release"): release_pause,
    ("POST", "/_sim/pauses/{id}/abandon"): abandon_pause,
    ("DELETE", "/_sim/injections"): clear_injections,
    ("PUT", "/_sim/latency"): set_latency,
    ("PUT", "/_sim/outage"): set_outage,
    ("PUT", "/_sim/search-lag"): set_search_lag,
    ("GET", "/_sim/lists"): show_lists,
    ("PUT", "/_sim/lists"): set_lists,
    ("GET", "/_sim/announcements"): show_announcements,
    ("POST", "/_sim/announcements"): add_announcement,
    ("DELETE", "/_sim/announcements/{id}"): remove_announcement,
    ("GET", "/_sim/clock"): show_clock,
    ("POST", "/_sim/clock/advance"): advance_clock,
}
