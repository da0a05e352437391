"""A world of its own for each scenario: a namespace, a simulated Palette, a connection to it, and an operator."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from aiohttp.typedefs import Middleware

from palette_sim.palette import PaletteConfig, SimulatedPalette
from palette_sim.palette.access_log import Entry
from palette_sim.palette.bodies.clusters import ProfilesUpdate
from palette_sim.palette.world.records import Cluster, EdgeHost
from support.scenarios import manifests
from support.scenarios.control_plane import ControlPlane
from support.scenarios.in_git import InGit, differences
from support.scenarios.kubernetes import Body, Kubernetes, condition, is_current
from support.scenarios.operator_process import OperatorOptions, OperatorProcess
from support.scenarios.waiting import eventually

Wanted: TypeAlias = str | Callable[[Body], bool]
"""`Ready` (is True), `Ready=False`, `Synced=UpdatePending` (has this reason), or any predicate of the object."""

KINDS = ("PaletteCluster", "EdgeHost", "PaletteConnection")
CLUSTER_SCOPED = frozenset({"PaletteConnection", "Namespace"})

OpenWorld: TypeAlias = Callable[..., Awaitable["World"]]
"""Opens a world with an operator of its own: `palette`, `operator`, `connect` and `middlewares` as in
`open_world`."""

_STATUSES = frozenset({"True", "False", "Unknown"})
_SEARCH = "/v1/dashboard/spectroclusters/search"


# Simulated seconds at 60 a second: what takes its time is done when the operator next lists the fleet.
_BRIEFLY: dict[str, float] = {
    "host_pairing_s": 10,
    "pending_s": 5,
    "provisioning_s": 20,
    "becoming_healthy_s": 5,
    "resolving_s": 10,
    "applying_s": 20,
    "machine_joining_s": 20,
    "machine_leaving_s": 20,
    "deleting_s": 60,
    # A quarter of an hour, as in the field: by the operator's clock a token lives as long as it says.
    "token_life_s": 60 * 900,
}


def fast_palette(**settings: Any) -> PaletteConfig:  # noqa: ANN401 - as PaletteConfig takes them
    """Return the settings of a simulated Palette in which a cluster is healthy half a second after its creation."""
    durations = {**_BRIEFLY, **settings.pop("durations", {})}
    return PaletteConfig.model_validate({"speed": 60, **settings, "durations": durations})


@dataclass(slots=True)
class World:
    """What a scenario works with. Resources are of its namespace, and use its connection, unless they say otherwise."""

    name: str
    """The namespace, and the connection."""
    plane: ControlPlane
    palette: SimulatedPalette
    operator: OperatorProcess
    applied: list[tuple[str, str]] = field(default_factory=list)
    """Cluster-scoped objects to remove at the end, as (kind, name)."""
    in_git: InGit = field(default_factory=InGit)
    """What the scenario applied; the operator must leave it so."""
    log_begins: int = 0
    """Where this world begins in the log of an operator that others share."""

    @property
    def kubernetes(self) -> Kubernetes:
        """The API server, as its administrator."""
        return self.plane.kubernetes

    # --- resources ---

    async def apply(self, *given: Mapping[str, Any]) -> Body:
        """Create resources or replace their specs; unknown fields are refused. Return the last one."""
        body: Body = {}
        for manifest in given:
            placed = self.placed(manifest)
            body = await self.kubernetes.apply(placed)
            self.in_git.applied(placed, body)
        return body

    async def apply_as(self, manager: str, *given: Mapping[str, Any]) -> None:
        """Apply resources server-side, as a GitOps tool does."""
        for manifest in given:
            placed = self.placed(manifest)
            self.in_git.applied(placed, await self.kubernetes.apply_as(manager, placed))

    def placed(self, manifest: Mapping[str, Any]) -> Body:
        """Return a manifest with this world's namespace and connection where it names none."""
        body: Body = copy.deepcopy(dict(manifest))
        kind = body["kind"]
        if kind not in CLUSTER_SCOPED:
            body["metadata"].setdefault("namespace", self.name)
        if kind in {"EdgeHost", "PaletteCluster"} and not _is_local(body["spec"]):
            body["spec"].setdefault("connectionRef", {"name": self.name})
        if kind == "PaletteConnection":
            self.applied.append((kind, body["metadata"]["name"]))
        return body

    async def connect(self, *, api_key: str = manifests.API_KEY, **spec: Any) -> None:  # noqa: ANN401 - YAML
        """Create the connection and its Secret; `spec` overrides the connection's."""
        await self.set_api_key(api_key)
        await self.apply(manifests.connection(self.name, self.palette.endpoint, [self.name], **spec))

    async def set_api_key(self, api_key: str) -> None:
        """Set the key in the connection's Secret."""
        secret = manifests.secret(self.name, apiKey=api_key)
        secret["metadata"]["namespace"] = self.operator.namespace
        await self.kubernetes.apply(secret)

    async def get(self, kind: str, name: str) -> Body | None:
        """Return an object of this world, or None."""
        return await self.kubernetes.get(kind, name, self._namespace(kind))

    async def patch(self, kind: str, name: str, patch: Mapping[str, Any]) -> Body:
        """Merge into an object of this world, and into its manifest."""
        body = await self.kubernetes.patch(kind, name, patch, self._namespace(kind))
        self.in_git.changed(patch, body)
        return body

    async def take_note(self, kind: str, name: str, patch: Mapping[str, Any]) -> None:
        """Take what the scenario patched in another way, such as with kubectl, for a change to the manifest."""
        self.in_git.changed(patch, await self.get(kind, name) or {})

    async def annotate(self, kind: str, name: str, **annotations: str) -> None:
        """Set annotations of our group, such as `approve`; underscores stand for dashes."""
        named = {f"palette.spectrocloud.com/{key.replace('_', '-')}": value for key, value in annotations.items()}
        await self.patch(kind, name, {"metadata": {"annotations": named}})

    async def delete(self, kind: str, name: str) -> None:
        """Ask for an object of this world to go."""
        await self.kubernetes.delete(kind, name, self._namespace(kind))

    async def remove_by_force(self, kind: str, name: str) -> None:
        """Delete an object of this world and take off what holds it, behind the back of an operator that is away."""
        await self.delete(kind, name)
        await self.patch(kind, name, {"metadata": {"finalizers": None}})

    async def events(self, name: str) -> list[Body]:
        """Return the Kubernetes events about an object, oldest first."""
        events = await self.kubernetes.list("Event", self.name) + await self.kubernetes.list("Event", "default")
        return sorted(
            (event for event in events if event["involvedObject"]["name"] == name),
            key=lambda event: int(event["metadata"]["resourceVersion"]),
        )

    def _namespace(self, kind: str) -> str:
        return "" if kind in CLUSTER_SCOPED else self.name

    async def bring_up(self, manifest: Mapping[str, Any], hosts: Sequence[str] = ("edge-a",)) -> int:
        """Bring a cluster up on hosts; return how many requests Palette has had until then."""
        await self.apply(*(manifests.edge_host(name) for name in hosts), manifest)
        await self.until("PaletteCluster", manifest["metadata"]["name"], "Ready")
        return len(self.requests())

    # --- waiting ---

    async def until(self, kind: str, name: str, wanted: Wanted, within_s: float = 60.0) -> Body:
        """Return the object as soon as it is as wanted, for its present spec; fail with its conditions and the log."""
        seen: Body = {}

        async def holds() -> bool:
            nonlocal seen
            seen = await self.get(kind, name) or {}
            return bool(seen) and _meets(seen, wanted)

        what = wanted if isinstance(wanted, str) else getattr(wanted, "__name__", "as wanted")
        await eventually(holds, f"{kind} {name}: {what}", within_s=within_s, explain=lambda: self.explain(kind, name))
        return seen

    async def until_gone(self, kind: str, name: str, within_s: float = 60.0) -> None:
        """Return as soon as the object is gone; fail with its conditions and the log."""

        async def gone() -> bool:
            return await self.get(kind, name) is None

        await eventually(gone, f"{kind} {name} is gone", within_s=within_s, explain=lambda: self.explain(kind, name))

    async def until_event(self, name: str, reason: str, within_s: float = 60.0) -> Body:
        """Return the latest event with this reason about an object, as soon as there is one."""
        found: list[Body] = []

        async def told() -> bool:
            found[:] = [event for event in await self.events(name) if event["reason"] == reason]
            return bool(found)

        await eventually(told, f"an event {reason} about {name}", within_s=within_s, explain=self.show_log)
        return found[-1]

    async def eventually(self, holds: Callable[[], bool], what: str, within_s: float = 60.0) -> None:
        """Return as soon as `holds()`, such as something about Palette; fail with the log."""
        await eventually(holds, what, within_s=within_s, explain=self.show_log)

    async def passes(self, count: int = 2, within_s: float = 60.0) -> None:
        """Let the operator list the fleet so many times more, from the start: time for it to do what it would do."""
        wanted = self._listings() + count + 1
        await self.eventually(lambda: self._listings() >= wanted, f"{count} more listings of the fleet", within_s)

    def _listings(self) -> int:
        return len([entry for entry in self.palette.requests.entries if entry.path == _SEARCH])

    async def explain(self, kind: str, name: str) -> str:
        """Return what the object says of itself, and the end of the operator's log."""
        body = await self.get(kind, name)
        status = (body or {}).get("status") or {}
        generation = ((body or {}).get("metadata") or {}).get("generation")
        lines = [f"{kind} {name}: generation {generation}" if body else f"{kind} {name} does not exist"]
        lines += [
            f"  {c['type']:<20} {c['status']:<8} {c['reason']:<22} gen {c.get('observedGeneration')}  {c['message']}"
            for c in status.get("conditions") or ()
        ]
        lines.append(f"  { ({key: value for key, value in status.items() if key != 'conditions'}) }")
        return "\n".join([*lines, await self.show_log()])

    async def show_log(self) -> str:
        """Return the end of the operator's log."""
        return f"--- the operator's log, latest lines ---\n{self.operator.tail()}"

    # --- Palette ---

    def cluster(self, name: str) -> Cluster:
        """Return the one cluster of this name that Palette has and that is not Deleted."""
        found = self.clusters(name)
        assert len(found) == 1, f"Palette has {len(found)} clusters named {name}"
        return found[0]

    def clusters(self, name: str) -> list[Cluster]:
        """Return the clusters of this name that Palette has, Deleted ones left out."""
        return [c for c in self.palette.clusters.values() if c.name == name and c.state.value != "Deleted"]

    def tags(self, name: str) -> dict[str, str]:
        """Return the tags of a cluster in Palette, without our mark."""
        labels = self.cluster(name).labels
        return {key: value for key, value in labels.items() if not key.startswith("palette-operator-")}

    def edit_profiles(self, name: str, entry: Mapping[str, Any]) -> None:
        """Change the profiles of a cluster as somebody in the UI does; `entry` is one of Palette's own PATCH."""
        update = ProfilesUpdate.model_validate({"profiles": [entry]})
        self.palette.people.edit_cluster_profiles(self.cluster(name).uid, update)

    def host(self, uid: str) -> EdgeHost:
        """Return an edge host that Palette has."""
        return self.palette.hosts[uid]

    def requests(self, since: int = 0) -> list[Entry]:
        """Return the requests that Palette had, oldest first, without the first `since` of them."""
        return list(self.palette.requests.entries)[since:]

    def requests_to(self, method: str, path: str, since: int = 0) -> int:
        """Return how many requests of this method and path Palette had."""
        return sum(1 for entry in self.requests(since) if (entry.method, entry.path) == (method, path))

    def writes(self, since: int = 0) -> list[str]:
        """Return the writes that Palette had, as `METHOD path`, oldest first; searches are no writes."""
        return [
            f"{entry.method} {entry.path}"
            for entry in self.requests(since)
            if entry.method != "GET" and not entry.path.startswith("/v1/dashboard/")
        ]

    # --- the operator ---

    async def kill_operator(self) -> None:
        """Kill the operator, as a lost node does."""
        await self.operator.kill()

    async def stop_operator(self) -> None:
        """Stop the operator, as a pod is stopped."""
        await self.operator.stop()

    async def start_operator(self) -> None:
        """Start the operator again, the same one."""
        await self.operator.start()

    @property
    def log(self) -> str:
        """What the operator said since this world was opened."""
        return self.operator.log[self.log_begins :]

    def traces(self) -> list[str]:
        """Return the lines of the operator's log that say that something went wrong in it."""
        return [line for line in self.log.splitlines() if "Traceback" in line or " ERROR " in line]


def _is_local(spec: Mapping[str, Any]) -> bool:
    """Whether a resource goes through no connection unless it names one."""
    return "local" in spec or "edgeLocal" in spec.get("cloud", {})


def _meets(body: Body, wanted: Wanted) -> bool:
    if not isinstance(wanted, str):
        return wanted(body)
    type_, _, value = wanted.partition("=")
    found = condition(body, type_)
    member = "status" if (value or "True") in _STATUSES else "reason"
    return is_current(body) and found.get(member) == (value or "True")


@contextlib.asynccontextmanager
async def open_world(
    plane: ControlPlane,
    operator: OperatorProcess,
    *,
    name: str = "",
    palette: PaletteConfig | None = None,
    connect: bool = True,
    middlewares: Sequence[Middleware] = (),
) -> AsyncIterator[World]:
    """Make a world for an operator, with a connection unless told otherwise; remove its resources at the end."""
    name = name or plane.unique("scene")
    await plane.kubernetes.apply(manifests.namespace(name))
    async with SimulatedPalette(palette or fast_palette(), middlewares=middlewares) as simulated:
        world = World(name, plane, simulated, operator, log_begins=len(operator.log))
        try:
            if connect:
                await world.connect()
            yield world
            await check_in_step(world)
        finally:
            simulated.injections.clear()
            await _clear(world)


async def check_in_step(world: World) -> None:
    """Fail when something differs from what the scenario applied, as GitOps tools would see it."""
    namespaces = {world.name} | {namespace for _, namespace, _ in world.in_git if namespace}
    connections = {name for kind, name in world.applied if kind == "PaletteConnection"}
    live = [
        body for body in await world.kubernetes.list("PaletteConnection") if body["metadata"]["name"] in connections
    ]
    for namespace in sorted(namespaces):
        for kind in ("EdgeHost", "PaletteCluster"):
            live += await world.kubernetes.list(kind, namespace)
    found = await differences(world.kubernetes, world.in_git, live)
    assert not found, "\n".join(["the operator changed what is Git's:", *found])


async def _clear(world: World) -> None:
    """Remove the resources of a world, whatever holds them: the next scenario's operator sees all connections."""
    for kind in KINDS:
        for name in await _names(world, kind):
            await world.delete(kind, name)
    for kind in KINDS:
        for name in await _names(world, kind):
            await _remove(world, kind, name)


async def _names(world: World, kind: str) -> list[str]:
    if kind in CLUSTER_SCOPED:
        return [name for applied_kind, name in dict.fromkeys(world.applied) if applied_kind == kind]
    return [body["metadata"]["name"] for body in await world.kubernetes.list(kind, world.name)]


async def _remove(world: World, kind: str, name: str) -> None:
    async def removed() -> bool:
        if await world.get(kind, name) is None:
            return True
        with contextlib.suppress(AssertionError):
            await world.patch(kind, name, {"metadata": {"finalizers": None}})
        return False

    await eventually(removed, f"{kind} {name} is removed")


async def start_operator(
    plane: ControlPlane, options: OperatorOptions | None = None, *, watch: bool = False
) -> tuple[OperatorProcess, str]:
    """Start an operator with a namespace of its own; return it with the namespace for its first world.

    With `watch` it watches that namespace alone. Two operators never run at once: each looks at every connection,
    since these belong to no namespace, and in the field one operator serves a cluster.
    """
    assert plane.operators_running == 0, "another operator runs on this API server; it would answer for these worlds"
    world_name = plane.unique("scene")
    name = plane.unique("operator")
    options = options or OperatorOptions()
    if watch:
        options = replace(options, watch=(world_name,))
        await plane.kubernetes.apply(manifests.namespace(world_name))
    await plane.kubernetes.apply(manifests.namespace(name))
    operator = OperatorProcess(plane, operator_id=name, namespace=name, options=options)
    await operator.start()
    return operator, world_name
