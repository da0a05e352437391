"""The client and the fleet against the simulated Palette over real HTTP: an independent witness of its API."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from palette_operator.domain.desired import DesiredHostRegistration
from palette_operator.domain.errors import ReconcileError, Stalled, Unavailable, Waiting
from palette_operator.domain.identifiers import HostUid, ProfileUid, ProjectUid
from palette_operator.domain.observed import Known
from palette_operator.palette.client import PaletteClient, ProjectScope
from palette_operator.palette.credentials import ApiKey
from palette_operator.palette.fleet import Fleet
from palette_operator.palette.limiter import Limiter, LimiterOptions
from palette_operator.palette.limits import DOCUMENTED
from palette_operator.palette.lookup import NameLookup
from palette_operator.palette.sessions import open_session
from palette_operator.palette.transport import Endpoint, Transport
from palette_sim.palette import FaultBody, LimitReading, PaletteConfig, SimulatedPalette
from support.palette_api import ADMIN_KEY, PROJECT

UNHURRIED = LimiterOptions(overrides={row.prefix: 1e6 for row in DOCUMENTED})


async def _at_once(_: float) -> None:
    await asyncio.sleep(0)


class Bench:
    def __init__(self, palette: SimulatedPalette, client: PaletteClient) -> None:
        self.palette = palette
        self.client = client
        self.scope = ProjectScope(ProjectUid(palette.state.project_named(PROJECT).uid))

    async def register(self, *uids: str) -> None:
        for uid in uids:
            await self.client.register_host(self.scope, DesiredHostRegistration(HostUid(uid), uid, "amd64", {}))

    def cluster(self, name: str, *hosts: str) -> dict[str, object]:
        profiles = self.palette.state.profile_versions.values()
        base = next(known.uid for known in profiles if known.name == "edge-base")
        return {
            "metadata": {"name": name, "labels": {}},
            "spec": {
                "cloudConfig": {"controlPlaneEndpoint": {"type": "VIP", "host": "10.4.2.10"}},
                "machinepoolconfig": [
                    {
                        "cloudConfig": {"edgeHosts": [{"hostUid": uid, "hostName": uid} for uid in hosts]},
                        "poolConfig": {
                            "name": "control", "size": len(hosts), "labels": ["control-plane"], "isControlPlane": True,
                            "useControlPlaneAsWorker": True,
                        },
                    }
                ],
                "profiles": [{"uid": base}],
            },
        }  # fmt: skip


@asynccontextmanager
async def bench(*, limiter: LimiterOptions = UNHURRIED, **config: object) -> AsyncIterator[Bench]:
    settings = PaletteConfig.model_validate({"limits": LimitReading.OFF, **config})
    async with SimulatedPalette(settings) as palette:
        transport = Transport(Endpoint(palette.endpoint), ApiKey(ADMIN_KEY), Limiter(limiter), sleep=_at_once)
        async with PaletteClient(transport) as client:
            yield Bench(palette, client)


async def test_a_cluster_from_its_creation_to_its_end() -> None:
    async with bench() as tested:
        client, scope = tested.client, tested.scope
        await tested.register("edge-1")
        tested.palette.advance(60)
        profile = (await client.cluster_profiles(scope))[0]
        assert await client.validate_edge_native_cluster(scope, tested.cluster("store-1", "edge-1")) == ()
        uid = await client.create_edge_native_cluster(scope, tested.cluster("store-1", "edge-1"))
        assert await client.get_cluster(scope, uid) is None
        tested.palette.advance(1.5)
        fresh = await client.get_cluster(scope, uid)
        assert fresh is not None
        assert fresh.state == ""

        tested.palette.advance(1_000)
        detail = await client.get_cluster(scope, uid)
        assert detail is not None
        assert (detail.state, detail.name, detail.cloud_type) == ("Running", "store-1", "edge-native")
        assert [attached.uid for attached in detail.profiles] == [ProfileUid(profile.uid)]
        assert detail.kubernetes_version
        assert detail.api_endpoint.startswith("10.4.2.10:")
        assert detail.cloud_config_uid is not None
        config = await client.get_edge_native_config(scope, detail.cloud_config_uid)
        (pool,) = config.pools
        assert (pool.name, pool.control_plane, [host.uid for host in pool.hosts]) == ("control", True, ["edge-1"])
        (machine,) = await client.get_machines(scope, config.uid, pool.name)
        assert (machine.host_uid, machine.state) == ("edge-1", "Running")

        await client.set_cluster_metadata(scope, uid, name="store-1", labels={"site": "42"})
        (row,) = await client.search_clusters(scope, ["store-1", "store-2"])
        assert (row.uid, row.labels, row.health, row.project) == (uid, {"site": "42"}, "Healthy", scope.project)

        await client.delete_cluster(scope, uid)
        await client.delete_cluster(scope, uid)
        tested.palette.advance(1_000)
        assert await client.get_cluster(scope, uid) is None
        assert await client.search_clusters(scope, ["store-1"]) == []


FAULTS = {
    "an operational error": ({"status": 500}, Unavailable, "RemoteRejected"),
    "a page from a proxy": ({"status": 500, "body": FaultBody.HTML}, Unavailable, "PaletteUnreachable"),
    "the router's 404": ({"status": 404, "code": 404}, Unavailable, "PaletteUnreachable"),
    "a forbidden operation": ({"status": 403, "code": "OperationForbidden"}, Stalled, "Forbidden"),
    "a refused key": ({"status": 401, "code": "UnAuthorizedAccess"}, Stalled, "Unauthorized"),
    "too many requests, for a minute": ({"status": 429, "retry_after_s": 61}, Waiting, "Throttled"),
}


@pytest.mark.parametrize(("fault", "kind", "reason"), FAULTS.values(), ids=FAULTS)
async def test_a_fault_is_said_for_what_it_is_and_creates_nothing(
    fault: dict[str, object], kind: type[ReconcileError], reason: str
) -> None:
    async with bench() as tested:
        tested.palette.fail_next(**fault)  # type: ignore[arg-type]
        with pytest.raises(kind) as caught:
            await tested.register("edge-1")

        assert caught.value.reason == reason
        assert tested.palette.hosts == {}


async def test_a_wrong_key_is_unauthorized() -> None:
    async with bench() as tested:
        tested.client.transport.session = open_session(ApiKey("wrong"))
        with pytest.raises(Stalled) as caught:
            await tested.client.who_am_i()

        assert caught.value.reason == "Unauthorized"


async def test_a_dropped_read_is_repeated_and_a_create_whose_answer_is_lost_is_not() -> None:
    async with bench() as tested:
        tested.palette.drop_next("GET")
        await tested.client.who_am_i()
        tested.palette.lose_next("POST", "/v1/edgehosts")
        with pytest.raises(Unavailable) as caught:
            await tested.register("edge-1")

        assert caught.value.reason == "PaletteUnreachable"
        assert set(tested.palette.hosts) == {"edge-1"}
        assert tested.palette.requests.summary()["by_status"].get("201", 0) <= 1


async def test_what_the_search_does_not_show_yet_is_known_all_the_same() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    async with bench(search_lag_s=30) as tested:
        fleet = Fleet(tested.client, tested.scope, name="test", fleet_seconds=60, now=lambda: now)
        await tested.register("edge-1")
        row = await tested.client.get_host(tested.scope, HostUid("edge-1"))
        assert row is not None
        fleet.note_host(row)
        now += timedelta(seconds=1)
        result = await fleet.make_pass()
        assert (result.complete, result.hosts) == (True, frozenset())
        assert isinstance(fleet.host(HostUid("edge-1")), Known)

        tested.palette.advance(31)
        now += timedelta(seconds=31)
        assert (await fleet.make_pass()).hosts == {"edge-1"}


async def test_a_fleet_of_several_pages_is_seen_whole() -> None:
    async with bench() as tested:
        await tested.register(*(f"edge-{n}" for n in range(120)))
        fleet = Fleet(tested.client, tested.scope, name="test", fleet_seconds=60)
        result = await fleet.make_pass()

        assert result.complete
        assert result.hosts == {f"edge-{n}" for n in range(120)}


async def test_hundreds_of_lookups_take_a_handful_of_searches() -> None:
    async with bench() as tested:
        await tested.register("edge-7")
        lookup = NameLookup(tested.client, tested.scope)
        before = tested.palette.requests.total
        found = await asyncio.gather(*(lookup.hosts(f"edge-{n}") for n in range(200)))

        assert [n for n, rows in enumerate(found) if rows] == [7]
        assert tested.palette.requests.total - before == 5


@pytest.mark.parametrize("reading", [LimitReading.SMALL_BURST, LimitReading.LARGE_BURST, LimitReading.WINDOW])
async def test_at_full_speed_no_reading_of_the_limits_is_exceeded(reading: LimitReading) -> None:
    async with bench(limiter=LimiterOptions(), limits=reading) as tested:
        await asyncio.gather(
            *(tested.register(f"edge-{n}") for n in range(12)),
            *(tested.client.search_hosts(tested.scope, [f"edge-{n}"]) for n in range(12)),
        )

        assert tested.palette.requests.summary()["throttled"] == 0
