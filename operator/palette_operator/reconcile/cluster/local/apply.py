"""Carries actions out on a local cluster. Every one is safe to repeat; its creation has a module of its own."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

from palette_operator import logs
from palette_operator.clouds.edge_local import configuration, labels_patch, pool_body
from palette_operator.domain.actions import (
    Action,
    ApplyDefinition,
    CreatePool,
    DeleteCluster,
    DeleteMachine,
    DeletePool,
    LinkHost,
    SetClusterMetadata,
    SetVariables,
    UpdateCloudConfig,
    UpdatePool,
)
from palette_operator.domain.desired import DesiredCluster
from palette_operator.domain.errors import Waiting
from palette_operator.domain.identifiers import HostUid
from palette_operator.domain.marks import merged_labels
from palette_operator.edge.client import EdgeClient

logger = logging.getLogger(__name__)

_LINK_AGAIN_S = 30.0


async def apply_locally(
    action: Action, leader: EdgeClient, wanted: DesiredCluster, client_of: Callable[[HostUid], EdgeClient]
) -> None:
    """Do one write, by the leader's API. Raises a ReconcileError when the host refused it or could not be reached.

    `client_of` gives the client of a host that is to be linked.
    """
    with logs.acting(logger, type(action).__name__, str(action)):
        await _apply(action, leader, wanted, client_of)


async def _apply(
    action: Action, leader: EdgeClient, wanted: DesiredCluster, client_of: Callable[[HostUid], EdgeClient]
) -> None:
    match action:
        case LinkHost(host=uid):
            await _link(leader, client_of(uid), uid)
        case SetClusterMetadata():
            await set_labels(action, leader, wanted.name, wanted)
        case UpdateCloudConfig(cloud=cloud):
            await leader.update_settings(cloud.ntp_servers, cloud.ssh_keys)
        case ApplyDefinition() | SetVariables():
            await _apply_definition(action, leader, wanted)
        case DeleteCluster():
            await leader.delete_cluster()
        case _:
            await _change_pools(action, leader)


async def _apply_definition(action: ApplyDefinition | SetVariables, leader: EdgeClient, wanted: DesiredCluster) -> None:
    """Send variables with the whole configuration: the API takes them in no smaller part."""
    if isinstance(action, SetVariables) or any(profile.variables for profile in wanted.profiles):
        await leader.update_cluster(wanted.name, configuration(wanted))
    else:
        await leader.update_profiles(wanted.definition)


async def _change_pools(action: Action, leader: EdgeClient) -> None:
    match action:
        case CreatePool(pool=pool):
            await leader.create_pool(pool_body(pool))
        case UpdatePool(pool=pool):
            await leader.update_pool(pool.name, pool_body(pool))
        case DeleteMachine(pool=name, machine=node):
            await leader.delete_node(name, node)
        case DeletePool(pool=name):
            await leader.delete_pool(name)
        case _:
            raise AssertionError(f"{type(action).__name__} is not applied to local clusters")


async def set_labels(
    action: SetClusterMetadata, leader: EdgeClient, name: str, wanted: DesiredCluster | None = None
) -> None:
    """Set and remove our labels; read anew, since the full set is sent and somebody may just have added one.

    Older hosts take no parts of a configuration: they need all that is `wanted`.
    """
    config = await leader.cluster_config()
    if config is None:
        raise Waiting("NotFound", f"the cluster {name!r} is gone", retry_after_s=1)
    labels = merged_labels(config.labels, action.labels, formerly_ours=action.remove)
    if labels != config.labels:
        whole = configuration(replace(wanted, labels=labels)) if wanted else None
        await leader.patch_cluster(name, labels_patch(labels), whole=whole)


async def _link(leader: EdgeClient, follower: EdgeClient, uid: HostUid) -> None:
    """Link a host to the leader: a token of the leader, used on the other host.

    Source: Palette docs, "Link Hosts". A token lives for two minutes; a new one is asked for each time.
    """
    token = await leader.link_token()
    status = await follower.link(token)
    if status.status == "Failed":
        why = status.error.replace(token.token, "***") or "it does not say why"
        raise Waiting("LinkFailed", f"edge host {uid} could not be linked: {why}", retry_after_s=_LINK_AGAIN_S)
