"""Hosts that are linked, so that one cluster can span them."""

import base64
import secrets

from palette_sim.common.errors import ApiError, invalid
from palette_sim.edge.world.records import Host, Link
from palette_sim.edge.world.world import LinkOffer, World


def offer_link(world: World, host: Host) -> str:
    """Give out a token that others link with; earlier ones of this host count no longer."""
    world.offers = {token: offer for token, offer in world.offers.items() if offer.host_uid != host.uid}
    token = base64.b64encode(secrets.token_bytes(24)).decode("ascii")
    world.offers[token] = LinkOffer(host.uid, world.clock.now_s() + world.config.durations.link_token_s)
    return token


def join_link(world: World, host: Host, token: str) -> Link:
    """Link a host with the one that gave the token; raises ApiError 400 when that cannot be."""
    offer = world.offers.get(token)
    if offer is None or world.clock.now_s() >= offer.ends_s:
        raise invalid("the link token is not valid or no longer so")
    if offer.host_uid == host.uid:
        raise invalid("the link token is this host's own")
    if host.link is not None or host.cluster is not None:
        raise invalid("this host is linked or in a cluster already")
    leader = world.hosts[offer.host_uid]
    link = leader.link or Link([leader.uid])
    link.host_uids.append(host.uid)
    link.state = "InProgress"
    leader.link = host.link = link

    def complete(_: float) -> None:
        link.state = "Completed"

    world.later(world.config.durations.linking_s, complete)
    return link


def link_hosts(world: World, uids: list[str]) -> None:
    """Link hosts from the start, the first one leading."""
    link = Link(list(uids))
    for uid in uids:
        world.hosts[uid].link = link


def unlink(world: World, host: Host, peer_uid: str) -> None:
    """Take a peer out of the host's link; raises ApiError 400 for a stranger and for one that is in a cluster."""
    if host.link is None or peer_uid not in host.link.host_uids:
        raise invalid("peerId is no host that is linked with this one")
    peer = world.hosts[peer_uid]
    if peer.cluster is not None:
        raise ApiError(400, "EdgeHostInUse", f"The edge host '{peer_uid}' is in use by a cluster.")
    leave_link(world, peer)


def leave_link(world: World, host: Host) -> None:
    """Take a host out of its link; one that is left alone is linked no more. Safe to repeat."""
    if host.link is None:
        return
    host.link.host_uids.remove(host.uid)
    if len(host.link.host_uids) == 1:
        world.hosts[host.link.host_uids[0]].link = None
    host.link = None
