"""Clusters on air-gapped hosts: created, changed and deleted through the API of their leader."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from palette_sim.edge import Generation, HostSeed, Mode, Power, SimulatedHost, SimulatedSite
from palette_sim.edge.world.records import Archive, Cluster
from support.scenarios.kubernetes import Body, condition, secret_values
from support.scenarios.local_site import (
    PASSWORD,
    SITE,
    definition,
    fast_site,
    local_cluster,
    local_host,
    login,
)
from support.scenarios.manifests import control, pool, secret
from support.scenarios.operator_process import OperatorOptions
from support.scenarios.world import World

OPERATOR = OperatorOptions(local_loopback=True, kubeconfig_secrets=True)
_CLUSTER = "/v1/edge-mgmt/cluster"


@asynccontextmanager
async def site_of(*uids: str, **seed: Any) -> AsyncIterator[SimulatedSite]:  # noqa: ANN401 - as HostSeed takes them
    """Serve hosts of these uids, each with an embedded definition of `edge-base` 1.4.0."""
    seed.setdefault("embedded", definition())
    async with SimulatedSite([HostSeed(uid=uid, **seed) for uid in uids], fast_site()) as site:
        yield site


async def enroll(world: World, site: SimulatedSite, uids: Sequence[str]) -> None:
    for uid in uids:
        await world.apply(login(uid, site.host(uid)), local_host(uid, site.host(uid)))


async def bring_up(world: World, site: SimulatedSite, manifest: Body, *uids: str) -> Body:
    """Bring a cluster up on hosts; their request logs begin anew."""
    await enroll(world, site, uids)
    await world.apply(manifest)
    body = await world.until("PaletteCluster", manifest["metadata"]["name"], "Ready")
    for uid in uids:
        site.host(uid).requests.reset()
    return body


def writes(host: SimulatedHost) -> list[str]:
    """Return what was written to a host, as `METHOD path` behind /v1/edge-mgmt; questions about variables are none."""
    made = [f"{each.method} {each.path.removeprefix('/v1/edge-mgmt')}" for each in host.requests.writes]
    return [each for each in made if not each.endswith("/variables/validate")]


def cluster_of(host: SimulatedHost) -> Cluster:
    found = host.cluster
    assert found is not None, "the host has no cluster"
    return found


def with_variables(**values: str) -> list[Body]:
    variables = [{"name": name, "value": value} for name, value in values.items()]
    return [{"name": "edge-base", "version": "1.4.0", "variables": variables}]


def creations(host: SimulatedHost) -> int:
    return host.requests.count("POST", _CLUSTER)


async def test_a_cluster_comes_up_from_the_embedded_definition_and_hands_out_its_kubeconfig(world: World) -> None:
    async with site_of("edge-a") as site:
        await enroll(world, site, ["edge-a"])
        await world.apply(local_cluster("ship-7", control("edge-a"), tags={"ship": "7"}, kubeconfig={"kind": "Admin"}))
        body = await world.until("PaletteCluster", "ship-7", "Ready")
        host = site.host("edge-a")
        made = host.cluster

    assert made is not None
    status = body["status"]
    assert (status["uid"], status["remoteState"], status["health"]) == (made.uid, "Running", "Healthy")
    assert status["kubernetesVersion"] == "1.32.1"
    assert status["profiles"][0] == {
        "name": "edge-base",
        "desired": "1.4.0",
        "applied": "1.4.0",
        "uid": "edge-base-1.4.0",
    }
    assert (status["nodesSummary"], status["profileSummary"], status["leader"]) == ("1/1", "1.4.0", "edge-a")
    assert status["kubeconfigSecret"] == "ship-7-kubeconfig"
    assert "certificatesExpireAt" in status
    assert (made.metadata.labels or {})["ship"] == "7"
    assert creations(host) == 1
    assert world.writes() == [], "nothing goes through Palette"
    assert world.traces() == []


async def test_a_wrong_variable_is_refused_by_its_host_and_healed_by_another_value(world: World) -> None:
    async with site_of("edge-a", embedded=definition("1.4.0", PASSWORD, SITE)) as site:
        await enroll(world, site, ["edge-a"])
        await world.apply(
            local_cluster("ship-7", control("edge-a"), profiles=with_variables(password="short-1", site="x-secret"))
        )
        refused = await world.until("PaletteCluster", "ship-7", "Stalled=InvalidVariables")
        assert condition(refused, "Synced")["message"] == (
            "edge host edge-a refuses variables of spec.profiles: password of edge-base: the value does not match "
            "^.{8,}$; site of edge-base: the value does not match ^[0-9]+$"
        )
        assert site.host("edge-a").cluster is None

        await world.apply(
            local_cluster("ship-7", control("edge-a"), profiles=with_variables(password="long-enough", site="7"))
        )
        await world.until("PaletteCluster", "ship-7", "Ready")

        assert cluster_of(site.host("edge-a")).variables == {
            ("edge-base-1.4.0", "password"): "long-enough",
            ("edge-base-1.4.0", "site"): "7",
        }
        assert creations(site.host("edge-a")) == 1


@pytest.mark.parametrize("generation", list(Generation))
async def test_tags_settings_variables_and_the_definition_are_changed_in_place(
    world: World, generation: Generation
) -> None:
    async with site_of("edge-a", embedded=definition("1.4.0", SITE), generation=generation) as site:
        host = site.host("edge-a")
        manifest = local_cluster("ship-7", control("edge-a"), profiles=with_variables(site="7"), tags={"ship": "7"})
        before = await bring_up(world, site, manifest, "edge-a")

        settings = {"ntpServers": ["10.4.0.1"], "sshKeys": ["ssh-ed25519 AAAA ops"]}
        manifest["spec"]["cloud"]["edgeLocal"] |= settings
        await world.apply(manifest)
        await world.until("PaletteCluster", "ship-7", "Ready")
        assert writes(host) == ["PUT /cluster/settings"]
        assert (cluster_of(host).config.ntp_servers, cluster_of(host).config.ssh_keys) == tuple(settings.values())

        host.requests.reset()
        await world.patch("PaletteCluster", "ship-7", {"spec": {"tags": {"ship": "8"}}})
        await world.eventually(lambda: (cluster_of(host).metadata.labels or {})["ship"] == "8", "the tag is set")
        await world.until("PaletteCluster", "ship-7", "Ready")

        await world.patch("PaletteCluster", "ship-7", {"spec": {"profiles": with_variables(site="8")}})
        await world.eventually(lambda: "8" in cluster_of(host).variables.values(), "the variable is set")
        await world.until("PaletteCluster", "ship-7", "Ready")

        host.record.update = Archive("/opt/ship-1.5.0.tgz", definition("1.5.0"))
        newer = [{"name": "edge-base", "version": "1.5.0"}]
        path = {"edgeLocal": {"definition": {"archivePath": "/opt/ship-1.5.0.tgz"}}}
        await world.patch("PaletteCluster", "ship-7", {"spec": {"profiles": newer, "cloud": path}})
        await world.eventually(lambda: cluster_of(host).archive.path == "/opt/ship-1.5.0.tgz", "it has the definition")
        after = await world.until("PaletteCluster", "ship-7", "Ready")

    assert after["status"]["profiles"][0]["applied"] == "1.5.0"
    assert after["status"]["definitionPath"] == "/opt/ship-1.5.0.tgz"
    assert after["status"]["uid"] == before["status"]["uid"], "the cluster was never made anew"
    assert creations(host) == 0
    assert world.traces() == []


async def test_a_definition_that_is_not_there_is_waited_for(world: World) -> None:
    async with site_of("edge-a", embedded=None) as site:
        await enroll(world, site, ["edge-a"])
        await world.apply(local_cluster("ship-7", control("edge-a"), edge_local=_at("/opt/ship.tgz")))
        await world.until("PaletteCluster", "ship-7", "ReferencesResolved=DefinitionNotFound")

        site.host("edge-a").record.overridden = Archive("/opt/ship.tgz", definition())
        await world.annotate("PaletteCluster", "ship-7", reconcile_requested_at="now")
        await world.until("PaletteCluster", "ship-7", "Ready")


def _at(path: str) -> Body:
    return {"definition": {"archivePath": path}}


async def test_a_profile_of_another_version_than_the_definitions_is_refused(world: World) -> None:
    async with site_of("edge-a") as site:
        await enroll(world, site, ["edge-a"])
        await world.apply(
            local_cluster("ship-7", control("edge-a"), profiles=[{"name": "edge-base", "version": "9.9.9"}])
        )
        refused = await world.until("PaletteCluster", "ship-7", "Stalled=ProfileNotFound")

        assert "it has 1.4.0" in condition(refused, "ReferencesResolved")["message"]
        assert creations(site.host("edge-a")) == 0


async def test_hosts_are_linked_join_and_leave(world: World) -> None:
    async with site_of("edge-a", "edge-b", "edge-c") as site:
        leader = site.host("edge-a")
        await bring_up(
            world, site, local_cluster("ship-7", control("edge-a"), pool("worker", ["edge-b"])), "edge-a", "edge-b"
        )
        assert sorted(cluster_of(leader).nodes) == ["edge-a", "edge-b"]

        await enroll(world, site, ["edge-c"])
        grown = local_cluster("ship-7", control("edge-a"), pool("worker", ["edge-b", "edge-c"]))
        await world.apply(grown)
        await world.until("PaletteCluster", "ship-7", lambda body: _summary(body) == "3/3")
        await world.until("PaletteCluster", "ship-7", "Ready")

        await world.apply(local_cluster("ship-7", control("edge-a"), pool("worker", ["edge-c"])))
        await world.eventually(lambda: sorted(cluster_of(leader).nodes) == ["edge-a", "edge-c"], "edge-b has left")
        await world.until("PaletteCluster", "ship-7", "Ready")

        await world.apply(local_cluster("ship-7", control("edge-a")))
        await world.eventually(lambda: [p.name for p in cluster_of(leader).pools] == ["control"], "the pool is gone")
        shrunk = await world.until("PaletteCluster", "ship-7", "Ready")

    assert _summary(shrunk) == "1/1"
    assert creations(leader) == 0
    assert writes(leader).count("DELETE /clusters/current/machinepools/worker") == 1
    assert world.traces() == []


def _summary(body: Body) -> str:
    return str(body.get("status", {}).get("nodesSummary", ""))


async def test_a_host_that_palette_manages_is_read_and_never_written_to(world: World) -> None:
    async with site_of("edge-a", mode=Mode.CONNECTED) as site:
        await enroll(world, site, ["edge-a"])
        await world.apply(local_cluster("ship-7", control("edge-a")))
        refused = await world.until("PaletteCluster", "ship-7", "Stalled=HostIsConnected")

        assert condition(refused, "Synced")["reason"] == "HostIsConnected"
        assert "cloud.edgeNative" in condition(refused, "Synced")["message"]
        assert site.host("edge-a").requests.writes == []


async def test_a_leader_that_restarts_in_the_middle_is_waited_for(world: World) -> None:
    async with site_of("edge-a") as site:
        host = site.host("edge-a")
        site.config.durations.installing_s = 36_000  # it restarts when this scenario says so, and not by itself
        await enroll(world, site, ["edge-a"])
        await world.apply(local_cluster("ship-7", control("edge-a")))
        await world.eventually(lambda: host.cluster is not None, "the cluster was asked for")
        await host.set_power(Power.OFF)
        lost = await world.until("PaletteCluster", "ship-7", "Available=HostUnreachable")
        assert condition(lost, "Available")["status"] == "Unknown"

        await host.set_power(Power.ON)
        await world.until("PaletteCluster", "ship-7", "Ready")

    assert creations(host) == 1
    assert world.traces() == []


async def test_a_deleted_cluster_is_followed_until_it_is_gone_though_somebody_took_its_finalizer_off(
    world: World,
) -> None:
    async with site_of("edge-a", "edge-b") as site:
        manifest = local_cluster("ship-7", control("edge-a"), pool("worker", ["edge-b"]), deletion={"policy": "Delete"})
        await bring_up(world, site, manifest, "edge-a", "edge-b")
        site.config.durations.deleting_s = 36_000

        await world.patch("PaletteCluster", "ship-7", {"metadata": {"finalizers": None}})
        await world.until("PaletteCluster", "ship-7", lambda body: bool(body["metadata"].get("finalizers")))
        await world.delete("PaletteCluster", "ship-7")
        going = await world.until("PaletteCluster", "ship-7", "Available=Deleting")
        assert condition(going, "Deleting")["status"] == "True"
        await site.advance(36_000)
        await world.until_gone("PaletteCluster", "ship-7")

        assert [site.host(uid).cluster for uid in ("edge-a", "edge-b")] == [None, None]
        assert writes(site.host("edge-a")) == ["DELETE /cluster"]
        assert world.traces() == []


async def test_an_orphaned_cluster_stays_and_its_resource_goes_at_once(world: World) -> None:
    async with site_of("edge-a") as site:
        await bring_up(world, site, local_cluster("ship-7", control("edge-a"), tags={"ship": "7"}), "edge-a")

        await world.delete("PaletteCluster", "ship-7")
        await world.until_gone("PaletteCluster", "ship-7")

        assert cluster_of(site.host("edge-a")).metadata.labels == {"ship": "7"}, "our mark is gone, the tags stay"
        assert writes(site.host("edge-a")) == ["PATCH /cluster/ship-7"]


async def test_somebody_elses_cluster_is_refused_and_taken_over_on_request(world: World) -> None:
    async with site_of("edge-a") as site:
        host = site.host("edge-a")
        await bring_up(world, site, local_cluster("ship-7", control("edge-a")), "edge-a")
        cluster_of(host).metadata.labels = {}
        await world.delete("PaletteCluster", "ship-7")
        await world.until_gone("PaletteCluster", "ship-7")
        host.requests.reset()

        await world.apply(local_cluster("ship-7", control("edge-a")))
        refused = await world.until("PaletteCluster", "ship-7", "Stalled=AdoptionRequired")
        assert condition(refused, "Owned")["message"] == (
            "cluster 'ship-7' already exists on edge host edge-a and is not ours; set spec.adoption.policy to "
            "IfExists to take it over"
        )
        assert writes(host) == []

        await world.apply(local_cluster("ship-7", control("edge-a"), adoption={"policy": "IfExists"}))
        await world.until("PaletteCluster", "ship-7", "Ready")
        assert "palette-operator-owner" in (cluster_of(host).metadata.labels or {})
        assert creations(host) == 0


async def test_a_create_whose_answer_was_lost_is_followed_by_reads(world: World) -> None:
    async with site_of("edge-a") as site:
        host = site.host("edge-a")
        host.lose_next("POST", _CLUSTER)
        await enroll(world, site, ["edge-a"])
        await world.apply(local_cluster("ship-7", control("edge-a")))
        body = await world.until("PaletteCluster", "ship-7", "Ready")

    assert creations(host) == 1
    assert "pendingOperation" not in body["status"]


async def test_a_secret_that_is_not_ours_is_left_alone(world: World) -> None:
    async with site_of("edge-a") as site:
        await enroll(world, site, ["edge-a"])
        await world.apply(secret("ship-7-kubeconfig", value="mine"))
        await world.apply(local_cluster("ship-7", control("edge-a"), kubeconfig={"kind": "Admin"}))
        await world.until("PaletteCluster", "ship-7", "Stalled=SecretNotOurs")

        await world.delete("Secret", "ship-7-kubeconfig")
        await world.annotate("PaletteCluster", "ship-7", reconcile_requested_at="now")
        await world.until("PaletteCluster", "ship-7", "Ready")
        handed_out = await world.get("Secret", "ship-7-kubeconfig")
        assert handed_out is not None

        await world.patch("PaletteCluster", "ship-7", {"spec": {"kubeconfig": {"kind": "None"}}})
        await world.until("PaletteCluster", "ship-7", lambda body: "kubeconfigSecret" not in body["status"])
        assert await world.get("Secret", "ship-7-kubeconfig") is None


async def test_a_plan_is_approved_before_anything_is_sent(world: World) -> None:
    async with site_of("edge-a", "edge-b") as site:
        await enroll(world, site, ["edge-a", "edge-b"])
        manifest = local_cluster("ship-7", control("edge-a"), pool("worker", ["edge-b"]), mode="Plan")
        await world.apply(manifest)
        planned = await world.until("PaletteCluster", "ship-7", "Synced=PlanAwaitingApproval")
        assert planned["status"]["plan"]["actions"][0] == "link edge host edge-b to its leader edge-a"
        assert site.host("edge-a").requests.writes == []

        await world.annotate("PaletteCluster", "ship-7", approve=planned["status"]["plan"]["hash"])
        await world.eventually(lambda: site.host("edge-b").record.link is not None, "they are linked")


async def test_certificates_are_renewed_once_for_each_time_that_it_is_asked_for_and_the_kubeconfig_follows(
    world: World,
) -> None:
    async with site_of("edge-a") as site:
        host = site.host("edge-a")
        manifest = local_cluster("ship-7", control("edge-a"), kubeconfig={"kind": "Admin"})
        before = await bring_up(world, site, manifest, "edge-a")
        handed_out = await world.get("Secret", "ship-7-kubeconfig")

        # A little ahead of the clock: a resource's age counts whole seconds, and the time must be later.
        asked = (datetime.now(UTC) + timedelta(seconds=5)).isoformat()
        await world.annotate("PaletteCluster", "ship-7", renew_certificates_requested_at=asked)
        await world.until_event("ship-7", "CertificatesRenewed")
        expired_at = before["status"]["certificatesExpireAt"]
        after = await world.until(
            "PaletteCluster", "ship-7", lambda body: body["status"]["certificatesExpireAt"] > expired_at
        )
        await world.annotate("PaletteCluster", "ship-7", reconcile_requested_at="now")
        await world.until(
            "PaletteCluster", "ship-7", lambda body: body["status"].get("lastHandledReconcileAt") == "now"
        )
        followed = await world.get("Secret", "ship-7-kubeconfig")

    assert secret_values(followed).keys() == {"value"}
    assert secret_values(followed) != secret_values(handed_out)
    assert after["status"]["lastHandledRequests"] == {"renew-certificates": asked}
    assert writes(host) == ["POST /cluster/renew-certificates"]
    assert world.traces() == []


async def test_two_clusters_never_share_a_host(world: World) -> None:
    async with site_of("edge-a") as site:
        await bring_up(world, site, local_cluster("ship-7", control("edge-a")), "edge-a")

        await world.apply(local_cluster("ship-8", control("edge-a")))
        refused = await world.until("PaletteCluster", "ship-8", "Stalled=OwnedByAnother")

        assert "belongs to another resource" in condition(refused, "Owned")["message"]
        assert writes(site.host("edge-a")) == []
