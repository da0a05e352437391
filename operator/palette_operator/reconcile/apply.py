"""Carries actions out. Every one is safe to repeat but the creation of a cluster, which has a module of its own."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

from palette_operator import logs
from palette_operator.clouds.base import profile_entity, variables_body
from palette_operator.clouds.edge_native import cloud_config_body, pool_body
from palette_operator.domain.actions import (
    Action,
    ApplyProfiles,
    CreatePool,
    DeleteCluster,
    DeleteHost,
    DeleteMachine,
    DeletePool,
    RemoveProfiles,
    SetClusterMetadata,
    SetHostMetadata,
    SetHostPairingKey,
    SetHostTunnel,
    SetVariables,
    UpdateCloudConfig,
    UpdatePool,
)
from palette_operator.domain.confirmation import Tagging, check_tags, is_in_doubt
from palette_operator.domain.errors import Waiting
from palette_operator.domain.marks import merged_labels
from palette_operator.domain.observed import ClusterDetail, HostRow
from palette_operator.reconcile.sites import Site

TaggedT = TypeVar("TaggedT", ClusterDetail, HostRow)

logger = logging.getLogger(__name__)


async def apply(action: Action, site: Site) -> bool:
    """Do one write; tell whether it was needed. Raises a ReconcileError when Palette refused it, or was not reached."""
    with logs.acting(logger, type(action).__name__, str(action)) as acting:
        needed = await _apply(action, site)
        if not needed:
            acting.not_needed()
        return needed


async def _apply(action: Action, site: Site) -> bool:
    match action:
        case CreatePool() | UpdatePool() | DeleteMachine() | DeletePool() | UpdateCloudConfig():
            await _change_cloud_config(action, site)
        case SetClusterMetadata():
            return await _set_cluster_metadata(action, site)
        case SetHostMetadata():
            return await _set_host_metadata(action, site)
        case SetHostTunnel() | SetHostPairingKey() | DeleteHost():
            await _change_host(action, site)
        case ApplyProfiles() | RemoveProfiles() | SetVariables() | DeleteCluster():
            await _change_cluster(action, site)
        case _:
            raise AssertionError(f"{type(action).__name__} is not applied here")
    return True


async def _change_cluster(action: ApplyProfiles | RemoveProfiles | SetVariables | DeleteCluster, site: Site) -> None:
    client, scope = site.client, site.scope
    match action:
        case ApplyProfiles(uid=uid, changes=changes):
            await client.patch_profiles(scope, uid, [profile_entity(change) for change in changes])
        case RemoveProfiles(uid=uid, profiles=profiles):
            await client.remove_profiles(scope, uid, profiles)
        case SetVariables(uid=uid, profiles=with_variables):
            await client.set_variables(scope, uid, variables_body(with_variables))
        case DeleteCluster(uid=uid, force=force):
            await client.delete_cluster(scope, uid, force=force)


async def _change_cloud_config(
    action: CreatePool | UpdatePool | DeleteMachine | DeletePool | UpdateCloudConfig, site: Site
) -> None:
    client, scope = site.client, site.scope
    match action:
        case CreatePool(config=config, pool=pool):
            await client.create_pool(scope, config, pool_body(pool))
        case UpdatePool(config=config, pool=pool):
            await client.update_pool(scope, config, pool.name, pool_body(pool))
        case DeleteMachine(config=config, pool=name, machine=machine):
            await client.delete_machine(scope, config, name, machine)
        case DeletePool(config=config, pool=name):
            await client.delete_pool(scope, config, name)
        case UpdateCloudConfig(config=config, cloud=cloud):
            await client.update_edge_native_config(scope, config, cloud_config_body(cloud))


async def _change_host(action: SetHostTunnel | SetHostPairingKey | DeleteHost, site: Site) -> None:
    client, scope = site.client, site.scope
    match action:
        case SetHostTunnel(uid=uid, remote_shell=remote_shell, temporary_user=temporary_user):
            await client.set_host_tunnel(scope, uid, remote_shell=remote_shell, temporary_user=temporary_user)
        case SetHostPairingKey(uid=uid, pairing_key=pairing_key):
            await client.set_host_pairing_key(scope, uid, pairing_key)
        case DeleteHost(uid=uid):
            await client.delete_host(scope, uid)


async def _set_cluster_metadata(action: SetClusterMetadata, site: Site) -> bool:
    doing = f"reading cluster {action.uid}"
    detail = await _read_to_tag(doing, action, partial(site.client.get_cluster, site.scope, action.uid))
    labels = merged_labels(detail.labels, action.labels, formerly_ours=action.remove)
    if labels == detail.labels and action.description in {None, detail.description}:
        return False  # what was seen before lagged, or erred: it is there already
    annotations = None if action.description is None else {"description": action.description}
    await site.client.set_cluster_metadata(
        site.scope, action.uid, name=detail.name, labels=labels, annotations=annotations
    )
    return True


async def _set_host_metadata(action: SetHostMetadata, site: Site) -> bool:
    doing = f"reading edge host {action.uid}"
    row = await _read_to_tag(doing, action, partial(site.client.get_host, site.scope, action.uid))
    labels = merged_labels(row.labels, action.labels, formerly_ours=action.remove)
    if labels == row.labels:
        return False  # what was seen before lagged, or erred: it is there already
    await site.client.update_host_meta(site.scope, action.uid, name=row.name, labels=labels)
    return True


async def _read_to_tag(doing: str, action: Tagging, read: Callable[[], Awaitable[TaggedT | None]]) -> TaggedT:
    """Read anew what holds the tags, twice when it lacks any: the full set is sent, also those that others have added.

    Raises Unavailable while two answers disagree.
    """
    first = last = await read()
    if first is not None and is_in_doubt(action, first):
        last = await read()
    if first is None or last is None:
        raise Waiting("NotFound", f"{doing}: it is gone", retry_after_s=1)
    check_tags(doing, action, first, last)
    return last
