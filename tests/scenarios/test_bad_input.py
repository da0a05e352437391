"""Bad input: what is said about it, that nothing is written because of it, and that it heals when it is put right.

What an API server can judge it refuses at once. The embedded server evaluates no CEL: what a genuine one refuses in
these words, the operator says in a condition.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import pytest

from palette_sim.palette import HostOrder
from support.scenarios.kubernetes import Body, Refused, condition
from support.scenarios.manifests import cluster, connection, control, edge_host, edge_native, secret, store_apps
from support.scenarios.world import World

Step: TypeAlias = Callable[[World], Awaitable[object]]


@dataclass(frozen=True)
class Bad:
    """One bad input. In `message`, {world} stands for the namespace, and for the connection of that name."""

    given: Step
    """Gives it."""
    about: tuple[str, str]
    """Kind and name of the object that says what is wrong."""
    condition: str
    """Condition and reason that it shows."""
    message: str
    put_right: Step
    refused_by: Literal["nobody", "a genuine server", "every server"] = "nobody"
    there_before: tuple[Body, ...] = ()
    """What is applied, and Ready, before."""
    healed: Literal["Ready", "gone"] = "Ready"


_HOST = edge_host("edge-a")
_GOOD = cluster("store-1", control("edge-a"))
_CLUSTER = ("PaletteCluster", "store-1")
_BASE = {"name": "edge-base", "version": "1.4.0"}
_WITH_SECRET = cluster("store-1", control("edge-a"), profiles=[_BASE, store_apps(password_from="store-vars")])
_IMMUTABLE = (
    "spec.cloud.edgeNative.controlPlaneEndpoint.host is immutable: create a new PaletteCluster, or put back the old "
    "value"
)


def applying(*given: Body) -> Step:
    return lambda world: world.apply(*given)


def connecting(**spec: object) -> Step:
    """Give the connection another spec."""
    return lambda world: world.apply(connection(world.name, world.palette.endpoint, [world.name], **spec))


def allowing(*namespaces: str) -> Step:
    """Let these namespaces use the connection, and the scenario's own where it is not among them."""
    return lambda world: world.apply(connection(world.name, world.palette.endpoint, namespaces or [world.name]))


def using_key(api_key: str) -> Step:
    return lambda world: world.set_api_key(api_key)


async def _register_device(world: World) -> None:
    world.palette.people.add_hosts(HostOrder("retail-prod", prefix="device"))


async def _use_a_second_connection(world: World) -> None:
    await world.apply(edge_host("edge-a", connectionRef={"name": f"{world.name}-b"}))


async def _make_the_second_connection(world: World) -> None:
    key = {"apiKeySecretRef": {"name": world.name, "key": "apiKey"}}
    await world.apply(connection(f"{world.name}-b", world.palette.endpoint, [world.name], auth=key))


async def _delete_without_permission(world: World) -> None:
    await connecting(allow={"delete": False})(world)
    await world.until("PaletteConnection", world.name, "Ready")
    await world.delete("EdgeHost", "edge-a")


BAD: dict[str, Bad] = {
    "an unknown field": Bad(
        given=applying(cluster("store-1", control("edge-a"), machinePool=[])),
        about=_CLUSTER,
        condition="",
        message='PaletteCluster in version "v1alpha1" cannot be handled as a PaletteCluster: strict decoding error: '
        'unknown field "spec.machinePool"',
        put_right=applying(_HOST, _GOOD),
        refused_by="every server",
    ),
    "two clouds at once": Bad(
        given=applying(cluster("store-1", control("edge-a"), cloud={**edge_native(), "aws": {"region": "eu-west-1"}})),
        about=_CLUSTER,
        condition="",
        message='PaletteCluster in version "v1alpha1" cannot be handled as a PaletteCluster: strict decoding error: '
        'unknown field "spec.cloud.aws"',
        put_right=applying(_HOST, _GOOD),
        refused_by="every server",
    ),
    "no cloud": Bad(
        given=applying(cluster("store-1", control("edge-a"), cloud={})),
        about=_CLUSTER,
        condition="Synced=InvalidSpec",
        message="spec.cloud: set exactly one cloud: edgeNative or edgeLocal",
        put_right=applying(_HOST, _GOOD),
        refused_by="a genuine server",
    ),
    "two control planes": Bad(
        given=applying(cluster("store-1", control("edge-a"), {**control("edge-b"), "name": "other"})),
        about=_CLUSTER,
        condition="Synced=InvalidSpec",
        message="spec.machinePools: exactly one pool must have controlPlane: true",
        put_right=applying(_HOST, _GOOD),
        refused_by="a genuine server",
    ),
    "an immutable field changed": Bad(
        there_before=(_HOST, _GOOD),
        given=applying(
            cluster("store-1", control("edge-a"), cloud={"edgeNative": {"controlPlaneEndpoint": {"host": "10.9.9.9"}}})
        ),
        about=_CLUSTER,
        condition="Synced=ImmutableFieldChanged",
        message=_IMMUTABLE,
        put_right=applying(_GOOD),
        refused_by="a genuine server",
    ),
    "an immutable field removed": Bad(
        there_before=(_HOST, _GOOD),
        given=applying(cluster("store-1", control("edge-a"), cloud={"edgeNative": {"controlPlaneEndpoint": {}}})),
        about=_CLUSTER,
        condition="Synced=ImmutableFieldChanged",
        message=_IMMUTABLE,
        put_right=applying(_GOOD),
        refused_by="a genuine server",
    ),
    "a profile that is not there": Bad(
        there_before=(_HOST,),
        given=applying(cluster("store-1", control("edge-a"), profiles=[{"name": "edge-base", "version": "9.9.9"}])),
        about=_CLUSTER,
        condition="ReferencesResolved=ProfileNotFound",
        message="cluster profile 'edge-base' 9.9.9 is not in project 'retail-prod'; publish it there or correct "
        "spec.profiles",
        put_right=applying(_GOOD),
    ),
    "a host that is not there": Bad(
        given=applying(_GOOD),
        about=_CLUSTER,
        condition="ReferencesResolved=HostNotFound",
        message="pool 'control' names EdgeHost 'edge-a', which is not in this namespace; create it or correct "
        "spec.machinePools",
        put_right=applying(_HOST),
    ),
    "a device that is not there": Bad(
        given=applying(cluster("store-1", control(edgeHosts=[{"uid": "device-0001"}]))),
        about=_CLUSTER,
        condition="ReferencesResolved=HostNotFound",
        message="edge host device-0001 of pool 'control' is not registered in Palette yet",
        put_right=_register_device,
    ),
    "a host that another cluster uses": Bad(
        there_before=(_HOST, cluster("store-0", control("edge-a"))),
        given=applying(_GOOD),
        about=_CLUSTER,
        condition="ReferencesResolved=HostInUse",
        message="edge host edge-a of pool 'control' is used by PaletteCluster {world}/store-0; choose another, or take "
        "it out there",
        put_right=applying(edge_host("edge-b"), cluster("store-1", control("edge-b"))),
    ),
    "a Secret that is not there": Bad(
        there_before=(_HOST,),
        given=applying(_WITH_SECRET),
        about=_CLUSTER,
        condition="ReferencesResolved=SecretNotFound",
        message="Secret 'store-vars' in namespace '{world}' does not exist; create it",
        put_right=applying(secret("store-vars", password="hunter2hunter2")),
    ),
    "a Secret without the key": Bad(
        there_before=(_HOST, secret("store-vars", passwort="hunter2hunter2")),
        given=applying(_WITH_SECRET),
        about=_CLUSTER,
        condition="ReferencesResolved=SecretNotFound",
        message="Secret 'store-vars' in namespace '{world}' has no key 'password'; add it",
        put_right=applying(secret("store-vars", password="hunter2hunter2")),
    ),
    "a wrong API key": Bad(
        given=using_key("not-the-key"),
        about=("PaletteConnection", "{world}"),
        condition="CredentialsValid=Unauthorized",
        message="asking whose credential it is: Palette answered 401 UnAuthorizedAccess: The request carries no valid "
        "authentication; check the connection's credentials",
        put_right=using_key("demo-admin-key"),
    ),
    "a project that is not there": Bad(
        given=connecting(project="nowhere"),
        about=("PaletteConnection", "{world}"),
        condition="CredentialsValid=ProjectNotFound",
        message="project 'nowhere' does not exist, or the API key may not see it; correct the project",
        put_right=connecting(),
    ),
    "a project that is not allowed": Bad(
        given=applying(edge_host("edge-a", project="retail-lab")),
        about=("EdgeHost", "edge-a"),
        condition="CredentialsValid=NotAllowed",
        message="project 'retail-lab' may not be used through PaletteConnection '{world}'; an admin can add it to "
        "spec.allowedProjects there",
        put_right=connecting(allowedProjects=["retail-lab"]),
    ),
    "a connection that is not there": Bad(
        given=_use_a_second_connection,
        about=("EdgeHost", "edge-a"),
        condition="CredentialsValid=ConnectionNotFound",
        message="PaletteConnection '{world}-b' does not exist; create it, or correct spec.connectionRef",
        put_right=_make_the_second_connection,
    ),
    "a namespace that may not use the connection": Bad(
        there_before=(_HOST,),
        given=allowing("elsewhere"),
        about=("EdgeHost", "edge-a"),
        condition="CredentialsValid=NamespaceNotAllowed",
        message="namespace '{world}' may not use PaletteConnection '{world}'; an admin can add it to "
        "spec.allowedNamespaces there",
        put_right=allowing(),
    ),
    "a deletion that is not allowed": Bad(
        there_before=(edge_host("edge-a", deletion={"policy": "Delete"}),),
        given=_delete_without_permission,
        about=("EdgeHost", "edge-a"),
        condition="DeletionHeld=NotAllowed",
        message="the connection does not allow deletion: set spec.allow.delete on it, or orphan",
        put_right=connecting(),
        healed="gone",
    ),
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
async def test_bad_input_is_named_and_heals(world: World, bad: Bad) -> None:
    kind, name = bad.about[0], bad.about[1].format(world=world.name)
    await world.until("PaletteConnection", world.name, "Ready")
    await world.apply(*bad.there_before)
    for manifest in bad.there_before:
        if manifest["kind"] != "Secret":
            await world.until(manifest["kind"], manifest["metadata"]["name"], "Ready")
    before = len(world.requests())

    if bad.refused_by == "every server" or (bad.refused_by == "a genuine server" and world.plane.is_genuine):
        await _is_refused(world, bad)
    else:
        await bad.given(world)
        found = await world.until(kind, name, bad.condition)
        assert condition(found, bad.condition.partition("=")[0])["message"] == bad.message.format(world=world.name)
    await world.passes(1)
    assert world.writes(before) == []

    await bad.put_right(world)
    if bad.healed == "gone":
        await world.until_gone(kind, name)
    else:
        await world.until(kind, name, "Ready")
    assert world.traces() == []


async def _is_refused(world: World, bad: Bad) -> None:
    with pytest.raises(Refused) as caught:
        await bad.given(world)
    if bad.refused_by == "every server":
        assert caught.value.message == bad.message
    else:
        field, _, rest = bad.message.partition(": ")
        assert (rest if bad.condition.endswith("InvalidSpec") else bad.message) in caught.value.message
        assert field.partition(" ")[0] in caught.value.message
