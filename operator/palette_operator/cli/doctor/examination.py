"""The whole examination: looks, then checks, then the report."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlsplit

from palette_operator.cli.doctor.checks import connection, definitions, endpoint, fleet, management, permissions, tenant
from palette_operator.cli.doctor.findings import Finding, Report, Section, Verdict, failure, ok, report, skipped
from palette_operator.cli.doctor.looks.management import ManagementCluster
from palette_operator.cli.doctor.looks.palette import Claims, Way, look_at_palette
from palette_operator.cli.doctor.observations import Body, Management, PaletteLook, ScopeLook, Seen, TenantLook
from palette_operator.domain.errors import ReconcileError
from palette_operator.domain.observed import WhoAmI
from palette_operator.domain.resources import KINDS, ConnectionSpec, InvalidSpec, parse_connection
from palette_operator.kube.objects import connection_of
from palette_operator.palette.contact import Contact
from palette_operator.palette.credentials import ApiKey, Credentials, UserLogin
from palette_operator.palette.limiter import Limiter, LimiterOptions
from palette_operator.palette.network import Endpoint

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Case:
    """One connection, as far as it could be looked at."""

    name: str
    """"" for a Palette that no connection names."""
    findings: tuple[Finding, ...]
    """Those about the connection itself."""
    visit: Visit | None = None
    """None when the connection cannot be used."""
    secrets: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Visit:
    """Palette, looked at by way of a connection."""

    spec: ConnectionSpec
    way: Way
    look: PaletteLook
    unread: Mapping[str, ReconcileError] = field(default_factory=dict)
    """Listings of resources that failed: what these stand for in Palette is not known."""

    @property
    def scopes(self) -> Sequence[ScopeLook]:
        """The projects that could be looked into."""
        return self.look.tenant.scopes if self.look.tenant else ()


async def examine_management(cluster: ManagementCluster, only: str, share: float, say: Say) -> Report:
    """Examine a management cluster and its connections, or the one named `only`; raises CannotRead."""
    say(f"looking at {cluster.inspection.server}")
    look = await cluster.look()
    bodies = [] if isinstance(look.connections, ReconcileError) else list(look.connections)
    chosen = [body for body in bodies if only in ("", body["metadata"]["name"])]
    limiters = Limiters(share)
    cases = await asyncio.gather(*(_connection(cluster, look, body, limiters, say) for body in chosen))
    found = [*_management(look, datetime.now(UTC)), *_connections(look, bodies, only)]
    sections = [Section(subject="Kubernetes", findings=tuple(found)), *_sections(cases)]
    return report(sections, (secret for case in cases for secret in case.secrets))


async def examine_endpoint(way: Way, spec: ConnectionSpec, share: float, say: Say) -> Report:
    """Examine Palette alone, before anything is installed."""
    look = await look_at_palette(way, Limiter(LimiterOptions(share=share), group="doctor"), say)
    forms = connection.credential_form(way.credentials) if way.credentials else ()
    case = Case("", tuple(forms), Visit(spec, way, look), _secrets_of(spec, way.credentials))
    return report(_sections([case]), case.secrets)


class Limiters:
    """One limiter for each Palette, however many connections lead there."""

    def __init__(self, share: float) -> None:
        self._share = share
        self._by_host: dict[str, Limiter] = {}

    def of(self, way: Way) -> Limiter:
        """Return the limiter of the Palette that `way` leads to."""
        host = urlsplit(way.endpoint.url).netloc.lower()
        return self._by_host.setdefault(host, Limiter(LimiterOptions(share=self._share), group="doctor"))


def _management(look: Management, now: datetime) -> Iterator[Finding]:
    yield management.api_server(look)
    for kind in KINDS:
        yield definitions.definition(kind, look.definitions[kind.kind])
    yield management.rights(look)
    yield from management.operator(look.deployments, look.namespace)
    yield management.lease(look.leases, now)


def _connections(look: Management, bodies: Sequence[Body], only: str) -> Iterator[Finding]:
    check = "connections"
    names = sorted(str(body["metadata"]["name"]) for body in bodies)
    if isinstance(look.connections, ReconcileError):
        yield skipped(check, f"PaletteConnections cannot be read; {look.connections.message}")
    elif only and only not in names:
        there = f"there are {', '.join(names)}" if names else "there is none at all"
        yield failure(check, f"there is no PaletteConnection {only}; {there}", "name one of these, or create it")
    elif not names:
        yield failure(check, "there is no PaletteConnection", "create one: examples/paletteconnection.yaml")
    else:
        yield ok(check, f"{len(names)} PaletteConnection{'' if len(names) == 1 else 's'}: {', '.join(names)}")
    places = {str(body["metadata"]["name"]): connection.endpoint_and_group(body) for body in bodies}
    yield from connection.groups(places)


async def _connection(cluster: ManagementCluster, look: Management, body: Body, limiters: Limiters, say: Say) -> Case:
    name = str(body["metadata"]["name"])
    said = connection.reported(body)
    try:
        resource = parse_connection(body)
    except InvalidSpec as invalid:
        return Case(name, (said, *connection.problems(invalid.problems)))
    spec = resource.spec
    secrets = [connection.secret(look) for look in await cluster.secrets(spec)]
    found = [said, *connection.spec(resource.unknown_fields, spec), *secrets]
    credentials, ca_pem = await cluster.credentials(spec), await cluster.ca_pem(spec)
    if all(each.verdict is Verdict.OK for each in secrets):
        found += connection.credential_form(credentials)
    if isinstance(ca_pem, ReconcileError):
        return Case(name, tuple(found), secrets=_secrets_of(spec, credentials))
    usable = None if isinstance(credentials, ReconcileError) else credentials
    way = way_of(spec, usable, ca_pem, _claims(look, body))
    visit = Visit(spec, way, await look_at_palette(way, limiters.of(way), say), look.resources.unread)
    return Case(name, tuple(found), visit, _secrets_of(spec, credentials))


def way_of(spec: ConnectionSpec, credentials: Credentials | None, ca_pem: str, claims: Mapping[str, Claims]) -> Way:
    """Return the way to Palette that a spec and its Secrets describe."""
    reached = Endpoint(
        url=spec.endpoint.rstrip("/"), proxy=spec.proxy, ca_pem=ca_pem, insecure=spec.tls.insecure_skip_verify
    )
    return Way(reached, credentials, (spec.project, *spec.allowed_projects), claims)


def _secrets_of(spec: ConnectionSpec, credentials: Seen[Credentials] | None) -> tuple[str, ...]:
    """Return what no finding may hold."""
    match credentials:
        case ApiKey():
            own = credentials.key.strip()
        case UserLogin():
            own = credentials.password
        case _:
            own = ""
    return tuple(filter(None, (own, urlsplit(spec.proxy).password)))


def _claims(look: Management, body: Body) -> Mapping[str, Claims]:
    """Return what resources that use a connection stand for, by the uid of the project."""
    clusters, hosts = (_claimed(look, kind, body["metadata"]["name"]) for kind in ("PaletteCluster", "EdgeHost"))
    return {project: Claims(clusters[project], hosts[project]) for project in {*clusters, *hosts}}


def _claimed(look: Management, kind: str, used: str) -> defaultdict[str, dict[str, str]]:
    found: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for body in (each for each in look.resources.bodies if each["kind"] == kind):
        metadata, status = body["metadata"], body.get("status") or {}
        if (
            connection_of(body) == used
            and status.get("uid")
            and status.get("projectUid")
            and not metadata.get("deletionTimestamp")
        ):
            title = f"{body['kind']} {metadata['namespace']}/{metadata['name']}"
            found[str(status["projectUid"])][str(status["uid"])] = title
    return found


def _sections(cases: Iterable[Case]) -> Iterator[Section]:
    every = list(cases)
    loads = {case.name: load for case in every if (load := _load(case)) is not None}
    for case in every:
        found = [*case.findings, *_palette(case)]
        if case.name in loads:
            found.append(fleet.headroom(loads[case.name], list(loads.values())))
        subject = f"PaletteConnection {case.name}" if case.name else "Palette"
        yield Section(subject=subject, findings=tuple(found))


def _load(case: Case) -> fleet.Load | None:
    if case.visit is None or not case.visit.scopes:
        return None
    spec = case.visit.spec
    _, group = connection.endpoint_and_group({"spec": spec.to_kubernetes()})
    return fleet.load(case.name, group, spec.rate_limit, spec.poll.fleet_seconds, case.visit.scopes)


def _palette(case: Case) -> Iterator[Finding]:
    """Judge Palette, as far as it was reached."""
    if case.visit is None:
        yield from tenant.not_reached(("endpoint", "credential", "project", "fleet"), "the connection cannot be used")
        return
    look, reached = case.visit.look, case.visit.way.endpoint
    yield endpoint.reached(look.contact, reached)
    yield from endpoint.certificate(look.contact, reached, datetime.now(UTC))
    yield from endpoint.clock(look.contact, logs_in=isinstance(case.visit.way.credentials, UserLogin))
    if look.who is None:
        is_palette = isinstance(look.contact, Contact) and look.contact.is_palette
        why = "there is no credential" if is_palette else "Palette is not reached"
        yield from tenant.not_reached(("credential", "project", "fleet"), why)
        return
    yield tenant.credential(look.who, look.tenant)
    if look.tenant is None:
        yield from tenant.not_reached(("project", "fleet"), "the credential does not work")
    else:
        if isinstance(case.visit.way.credentials, ApiKey) and isinstance(look.who, WhoAmI):
            yield tenant.key_expiry(look.who, look.tenant, datetime.now(UTC))
        yield from _tenant(case.name, case.visit, look.tenant)
    yield from fleet.throttling(look.throttled)


def _tenant(name: str, visit: Visit, look: TenantLook) -> Iterator[Finding]:
    """Judge what the credential sees of the tenant."""
    way = visit.way
    yield tenant.server_version(look.version)
    yield from (tenant.project(wanted, look) for wanted in way.projects)
    if not way.projects:
        yield tenant.any_project(look.projects)
    for scope in look.scopes:
        yield permissions.clusters(scope)
        yield permissions.hosts(scope)
        yield permissions.writes(scope, look.granted, may_delete=visit.spec.allow.delete)
        if name:
            yield fleet.claims(scope, way.claims.get(scope.project.uid, Claims()).names, visit.unread)
    looked_into = {str(scope.project.uid) for scope in look.scopes}
    for uid, claims in way.claims.items():
        if uid not in looked_into:
            yield fleet.claimed_elsewhere(len(claims.names), uid)
