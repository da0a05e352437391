"""Component events of one cluster or edge host."""

from dataclasses import replace

from palette_sim.common.errors import invalid
from palette_sim.common.jsonvalue import JsonObject
from palette_sim.palette.call import Call, Endpoint, Reply, ok
from palette_sim.palette.views.meta import object_meta
from palette_sim.palette.world.records import Cluster, ComponentEvent, EdgeHost

CLUSTER, HOST = "spectrocluster", "edgehost"
_ORDERS = {
    "": False,
    **{f"metadata.{time}Timestamp=1": False for time in ("creation", "lastModified")},
    **{f"metadata.{time}Timestamp=-1": True for time in ("creation", "lastModified")},
}
"""By `orderBy`: whether the newest comes first. An event never changes, so that both times are the same."""


def show(call: Call) -> Reply:
    """List the events of an object, oldest first unless told otherwise."""
    kind, uid, order = call.params["objectKind"], call.params["objectUid"], call.query.get("orderBy", "")
    if order not in _ORDERS:
        raise invalid("orderBy in query names a field that is not indexed")
    named = replace(call, params={"uid": uid})
    about = named.cluster("cluster.get") if kind == CLUSTER else named.host("edgehost.get")
    events = list(reversed(about.events)) if _ORDERS[order] else about.events
    page = call.page(events)
    return ok({"items": [_event(kind, about, event) for event in page.items], "listmeta": page.listmeta})


def _event(kind: str, about: Cluster | EdgeHost, event: ComponentEvent) -> JsonObject:
    related: JsonObject = {"kind": kind, "name": about.name, "uid": about.uid}
    return {
        "involvedObject": {**related},
        "message": event.message,
        "metadata": object_meta(
            uid=event.uid, name=f"{about.name}.{event.uid}", labels={}, created_s=event.at_s, modified_s=event.at_s
        ),
        "reason": event.reason,
        "relatedObject": related,
        "severity": event.severity,
        "source": {"component": "palette", "host": ""},
    }


ENDPOINTS: dict[tuple[str, str], Endpoint] = {
    ("GET", "/v1/events/components/{objectKind}/{objectUid}"): show,
}
