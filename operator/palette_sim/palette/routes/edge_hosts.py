"""Edge hosts: register, show, label, remove."""

from palette_sim.common.errors import invalid
from palette_sim.common.jsonvalue import JsonObject
from palette_sim.palette.bodies.hosts import EdgeHostBody, EdgeHostMetaUpdate, HostPairingKey, TunnelConfig
from palette_sim.palette.call import NO_CONTENT, Call, Endpoint, Reply, created, ok
from palette_sim.palette.errors import Refused
from palette_sim.palette.views.hosts import EDGE_HOST_TYPE, edge_host_device, edge_host_line
from palette_sim.palette.world import host_life
from palette_sim.palette.world.records import EdgeHost


def register(call: Call) -> Reply:
    """Register a device by its id, before it makes contact."""
    project = call.project("edgehost.create")
    body = call.body(EdgeHostBody)
    uid = body.metadata.uid if body.metadata else None
    if body.metadata is None or not uid:
        raise invalid("metadata.uid in body is required")
    host = EdgeHost(
        uid=uid,
        name=body.metadata.name or uid,
        project_uid=project.uid,
        arch=(body.spec and body.spec.arch_type) or "amd64",
        labels=dict(body.metadata.labels or {}),
        created_s=call.now_s,
        modified_s=call.now_s,
        pairing_key=(body.spec and body.spec.host_pairing_key) or "",
    )
    if body.spec and body.spec.tunnel_config:
        _set_tunnel(host, body.spec.tunnel_config)
    host_life.register(call.world, host, call.now_s)
    return created(uid)


def show(call: Call) -> Reply:
    """Show one host in full."""
    return ok(device_of(call, call.host("edgehost.get")))


def lines(call: Call) -> Reply:
    """List the hosts of the scope in their light form; not paged."""
    kind, unused = call.query.get("type"), call.query.get("quickFilter") == "unusedEdgeHosts"
    found = [
        edge_host_line(host)
        for host in call.world.hosts.values()
        if call.sees(host.project_uid) and kind in (None, "", EDGE_HOST_TYPE) and not (unused and host.cluster_uid)
    ]
    return ok({"edgeHosts": [*found]})


def devices(call: Call) -> Reply:
    """List the hosts of the scope in full; deprecated, and not paged."""
    kind = call.query.get("type", EDGE_HOST_TYPE)
    hosts = call.world.hosts.values() if kind == EDGE_HOST_TYPE else ()
    return ok({"items": [device_of(call, host) for host in hosts if call.sees(host.project_uid)]})


def set_meta(call: Call) -> Reply:
    """Replace a host's labels, and its name when one is given."""
    host = call.host("edgehost.update")
    metadata = call.body(EdgeHostMetaUpdate).metadata
    if metadata is None:
        raise invalid("metadata in body is required")
    host.name = metadata.name or host.name
    host.labels = dict(metadata.labels or {})
    return _changed(call, host)


def set_tunnel(call: Call) -> Reply:
    """Set the remote shell; a temporary user needs remote SSH."""
    host = call.host("edgehost.update")
    _set_tunnel(host, call.body(TunnelConfig))
    return _changed(call, host)


def set_pairing_key(call: Call) -> Reply:
    """Set the key that the device pairs with."""
    host = call.host("edgehost.update")
    host.pairing_key = call.body(HostPairingKey).host_pairing_key or ""
    return _changed(call, host)


def reset(call: Call) -> Reply:
    """Reset a host; refused while a cluster uses it."""
    host_life.reset(call.world, call.host("edgehost.update"), call.now_s)
    return NO_CONTENT


def remove(call: Call) -> Reply:
    """Remove a host; refused while a cluster uses it."""
    host_life.unregister(call.world, call.host("edgehost.delete"), call.now_s)
    return NO_CONTENT


def device_of(call: Call, host: EdgeHost) -> JsonObject:
    """Write a host in full, as of now."""
    world = call.world
    return edge_host_device(
        host,
        world.projects[host.project_uid],
        world.clusters.get(host.cluster_uid),
        tenant_uid=world.tenant_uid,
        modified_s=world.last_modified_s(host.uid, host.modified_s, host.paired_s, call.now_s),
    )


def _set_tunnel(host: EdgeHost, config: TunnelConfig) -> None:
    ssh, temporary = config.remote_ssh or "disabled", config.remote_ssh_temp_user or "disabled"
    if temporary == "enabled" and ssh != "enabled":
        raise Refused("RemoteSshDisabled", "A temporary user needs remoteSsh to be enabled.")
    host.remote_ssh, host.remote_ssh_temp_user = ssh, temporary


def _changed(call: Call, host: EdgeHost) -> Reply:
    call.world.touch_host(host, call.now_s)
    return NO_CONTENT


ENDPOINTS: dict[tuple[str, str], Endpoint] = {
    ("GET", "/v1/edgehosts/metadata"): lines,
    ("GET", "/v1/edgehosts"): devices,
    ("POST", "/v1/edgehosts"): register,
    ("GET", "/v1/edgehosts/{uid}"): show,
    ("DELETE", "/v1/edgehosts/{uid}"): remove,
    ("PUT", "/v1/edgehosts/{uid}/meta"): set_meta,
    ("PUT", "/v1/edgehosts/{uid}/reset"): reset,
    ("PATCH", "/v1/edgehosts/{uid}/tunnelConfig"): set_tunnel,
    ("PATCH", "/v1/edgehosts/{uid}/hostPairingKey"): set_pairing_key,
}
