"""Carries actions out. Every one is safe to repeat but the creation of a cluster, which has a module of its own."""

from __future__ import annotations

import logging

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
from palette_operator.domain.errors import Waiting
from palette_operator.domain.marks import merged_labels
from palette_operator.reconcile.sites import Site

logger = logging.getLogger(__name__)


async def apply(action: Action, site: Site) -> None:
    """Do one write. Raises a ReconcileError when Palette refused it or could not be reached."""
    logger.info("project %s: %s", site.project.name, action, extra={"action": type(action).__name__})
    match action:
        case CreatePool() | UpdatePool() | DeleteMachine() | DeletePool() | UpdateCloudConfig():
            await _change_cloud_config(action, site)
        case SetHostMetadata() | SetHostTunnel() | SetHostPairingKey() | DeleteHost():
            await _change_host(action, site)
        case SetClusterMetadata() | ApplyProfiles() | RemoveProfiles() | SetVariables() | DeleteCluster():
            await _change_cluster(action, site)
        case _:
            raise AssertionError(f"{type(action).__name__} is not applied here")


async def _change_cluster(
    action: SetClusterMetadata | ApplyProfiles | RemoveProfiles | SetVariables | DeleteCluster, site: Site
) -> None:
    client, scope = site.client, site.scope
    match action:
        case SetClusterMetadata():
            await _set_cluster_metadata(action, site)
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


async def _change_host(action: SetHostMetadata | SetHostTunnel | SetHostPairingKey | DeleteHost, site: Site) -> None:
    client, scope = site.client, site.scope
    match action:
        case SetHostMetadata():
            await _set_host_metadata(action, site)
        case SetHostTunnel(uid=uid, remote_shell=remote_shell, temporary_user=temporary_user):
            await client.set_host_tunnel(scope, uid, remote_shell=remote_shell, temporary_user=temporary_user)
        case SetHostPairingKey(uid=uid, pairing_key=pairing_key):
            await client.set_host_pairing_key(scope, uid, pairing_key)
        case DeleteHost(uid=uid):
            await client.delete_host(scope, uid)


async def _set_cluster_metadata(action: SetClusterMetadata, site: Site) -> None:
    # Read anew: what a listing showed may miss a tag that somebody has just added, and the full set is sent.
    detail = await site.client.get_cluster(site.scope, action.uid)
    if detail is None:
        raise Waiting("NotFound", f"cluster {action.uid} is gone", retry_after_s=1)
    labels = merged_labels(detail.labels, action.labels, formerly_ours=action.remove)
    if labels == detail.labels and action.description in {None, detail.description}:
        return  # the listing lags, or erred: it is there already
    annotations = None if action.description is None else {"description": action.description}
    await site.client.set_cluster_metadata(
        site.scope, action.uid, name=detail.name, labels=labels, annotations=annotations
    )


async def _set_host_metadata(action: SetHostMetadata, site: Site) -> None:
    row = await site.client.get_host(site.scope, action.uid)
    if row is None:
        raise Waiting("NotFound", f"edge host {action.uid} is gone", retry_after_s=1)
    labels = merged_labels(row.labels, action.labels, formerly_ours=action.remove)
    if labels == row.labels:
        return  # the listing lags, or erred: it is there already
    await site.client.update_host_meta(site.scope, action.uid, name=row.name, labels=labels)
