"""Looks at the management cluster."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from kubernetes.aio import client

from palette_operator.cli.crd import custom_resource_definition
from palette_operator.cli.doctor.deployments import watched_by
from palette_operator.cli.doctor.observations import Body, Management, Resources, Review, SecretLook, Seen, seen
from palette_operator.cli.kubeconfig import CannotRead, is_service_account, use_kubeconfig
from palette_operator.domain.errors import ReconcileError
from palette_operator.domain.resources import KINDS, ConnectionSpec
from palette_operator.kube.api import KubeApi
from palette_operator.kube.inspection import Inspection
from palette_operator.kube.objects import CLUSTER_SCOPED
from palette_operator.kube.rights import RIGHTS, Needed, Right, Where
from palette_operator.kube.secrets import Secrets
from palette_operator.palette.credentials import Credentials
from palette_operator.reconcile.connection.credentials import EMAIL, PASSWORD, read_credentials

_MOST_NAMESPACES = 5
_KINDS = tuple(kind.kind for kind in KINDS if kind.kind not in CLUSTER_SCOPED)


@dataclass(frozen=True, slots=True)
class ManagementCluster:
    """A way to look at one."""

    api: KubeApi
    inspection: Inspection
    namespace: str
    """Where the operator is taken to run, and the Secrets of connections are."""
    impersonated: str
    watched: tuple[str, ...] | None = None
    """The namespaces that the operator is taken to watch, empty for all; None to ask its Deployment."""

    @classmethod
    @asynccontextmanager
    async def connect(
        cls, namespace: str, impersonate: str, watched: tuple[str, ...] | None = None
    ) -> AsyncIterator[ManagementCluster]:
        """Connect as kubectl would; raises CannotRead when there is no kubeconfig that serves."""
        await use_kubeconfig()
        async with client.ApiClient() as api:
            inspection = Inspection(api, impersonate=impersonate)
            yield cls(KubeApi(api), inspection, namespace, impersonate, watched)

    async def look(self) -> Management:
        """Look at everything but connections' Secrets; raises CannotRead when the API server does not answer."""
        try:
            version = await self.inspection.version()
        except ReconcileError as error:
            raise CannotRead(f"{self.inspection.server}: {error.message}") from error
        deployments = await seen(self.inspection.deployments(self.namespace))
        watched = self.watched
        if watched is None and not isinstance(deployments, ReconcileError):
            watched = watched_by(deployments)
        names = [str(custom_resource_definition(kind)["metadata"]["name"]) for kind in KINDS]
        async with asyncio.TaskGroup() as looks:
            definitions = [looks.create_task(seen(self.inspection.definition(name))) for name in names]
            rights = looks.create_task(self._rights(watched or ("",)))
            leases = looks.create_task(seen(self.inspection.leases(self.namespace)))
            connections = looks.create_task(seen(self.api.list_all("PaletteConnection")))
            resources = looks.create_task(self._resources(watched or ("",)))
        return Management(
            server=self.inspection.server,
            version=version,
            namespace=self.namespace,
            subject=self.impersonated or "you",
            speaks_for_operator=bool(self.impersonated) or is_service_account(),
            definitions={kind.kind: look.result() for kind, look in zip(KINDS, definitions, strict=True)},
            watched=watched,
            rights=rights.result(),
            leases=leases.result(),
            deployments=deployments,
            connections=connections.result(),
            resources=resources.result(),
        )

    async def secrets(self, spec: ConnectionSpec) -> list[SecretLook]:
        """Look at each Secret that a connection refers to, without its values."""
        needed: dict[str, tuple[str, ...]] = {}
        for reference in (spec.auth.api_key_secret_ref, spec.tls.ca_secret_ref):
            if reference is not None:
                needed[reference.name] = (*needed.get(reference.name, ()), reference.key)
        if spec.auth.user_secret_ref is not None:
            name = spec.auth.user_secret_ref.name
            needed[name] = (*needed.get(name, ()), EMAIL, PASSWORD)
        return [await self._secret(name, keys, spec) for name, keys in needed.items()]

    async def credentials(self, spec: ConnectionSpec) -> Seen[Credentials]:
        """Read the credentials of a connection, as the operator does."""
        return await seen(read_credentials(self._reader(), self.namespace, spec.auth))

    async def ca_pem(self, spec: ConnectionSpec) -> Seen[str]:
        """Read the authorities that a connection trusts, as the operator does; "" for the system's."""
        reference = spec.tls.ca_secret_ref
        return await seen(self._reader().value(self.namespace, reference.name, reference.key)) if reference else ""

    def _reader(self) -> Secrets:
        return Secrets(self.api, time.monotonic)

    async def _secret(self, name: str, needed: tuple[str, ...], spec: ConnectionSpec) -> SecretLook:
        content = await seen(self.api.read_secret(self.namespace, name))
        return SecretLook(
            name=name,
            needed=needed,
            namespace=self.namespace,
            keys=tuple(sorted(content)) if isinstance(content, Mapping) else content,
            elsewhere=await self._elsewhere(name, spec) if content is None else (),
        )

    async def _elsewhere(self, name: str, spec: ConnectionSpec) -> tuple[str, ...]:
        """Name the namespaces, of the few where a person might have put it, that hold a Secret of this name."""
        likely = ["default", "palette-system", *(spec.allowed_namespaces.names or ())][:_MOST_NAMESPACES]
        asked = [each for each in dict.fromkeys(likely) if each != self.namespace]
        answers = await asyncio.gather(*(seen(self.api.read_secret(each, name)) for each in asked))
        return tuple(each for each, answer in zip(asked, answers, strict=True) if isinstance(answer, Mapping))

    async def _resources(self, namespaces: Sequence[str]) -> Resources:
        """List the resources of each namespace, "" for all of them; one that may not be listed leaves the others."""
        asked = [(kind, namespace) for kind in _KINDS for namespace in namespaces]
        answers: Sequence[Any] = await asyncio.gather(
            *(seen(self.api.list_all(kind, [namespace] if namespace else ())) for kind, namespace in asked)
        )
        bodies: list[Body] = []
        unread: dict[str, ReconcileError] = {}
        for (kind, namespace), answer in zip(asked, answers, strict=True):
            if isinstance(answer, ReconcileError):
                unread[f"{kind}s in {f'namespace {namespace}' if namespace else 'all namespaces'}"] = answer
            else:
                bodies += answer
        return Resources(bodies, unread)

    async def _rights(self, watched: Sequence[str]) -> Sequence[Review]:
        """Ask for each right that is always needed where it must hold; `watched` is "" for every namespace."""
        places = {
            Where.CLUSTER: ("",),
            Where.WATCHED: watched,
            Where.OWN_NAMESPACE: (self.namespace,),
            Where.DEFAULT_NAMESPACE: ("default",),
        }
        asked = [
            (right, verb, namespace)
            for right in RIGHTS
            if right.needed is Needed.ALWAYS
            for namespace in places[right.where]
            for verb in right.verbs
        ]
        granted: Sequence[Any] = await asyncio.gather(*(seen(self._may(*each)) for each in asked))
        return [Review(*each, answer) for each, answer in zip(asked, granted, strict=True)]

    async def _may(self, right: Right, verb: str, namespace: str) -> bool:
        name = right.names[0] if right.names else ""
        return await self.inspection.may(verb, right.group, right.resource, namespace, name)
