"""Starts a genuine control plane, waits until it answers, and stops it."""

import asyncio
import contextlib
import shutil
import ssl
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from palette_sim.controlplane.audit import AUDIT_LOG, audit_flags, write_audit_policy
from palette_sim.controlplane.binaries import Binaries
from palette_sim.controlplane.credentials import PERSON, Credentials, create_credentials, write_kubeconfig
from palette_sim.controlplane.errors import NotReady, PortTaken
from palette_sim.controlplane.etcd import compact, etcd_flags
from palette_sim.controlplane.process import LOOPBACK, Process, choose_free_port
from palette_sim.controlplane.provide import provide

_READY_WITHIN_S = 60.0
_POLL_S = 0.1
# Whoever took our port may accept and stay silent: not to be waited for, since our own process has long ended then.
_ANSWER_S = 1.0
_PORT_ATTEMPTS = 5


class GenuineControlPlane:
    """One etcd and one kube-apiserver on free loopback ports, with a kubeconfig for the administrator.

        async with GenuineControlPlane(directory) as plane:
            run("kubectl", "--kubeconfig", plane.kubeconfig, "get", "namespaces")

    `directory` receives the kubeconfig (mode 0600), that of a person without any rights, `credentials/`, `audit.log`,
    `etcd.log` and `kube-apiserver.log`, which stay for the reader; the data goes when it stops. Each start begins
    empty. Admission runs without the ServiceAccount plugin.
    There are no controllers: a deleted namespace stays Terminating, and owners do not take their dependents along.
    """

    def __init__(
        self,
        directory: Path,
        binaries: Binaries | None = None,
        *,
        ready_within_s: float = _READY_WITHIN_S,
        choose_port: Callable[[], int] = choose_free_port,
    ) -> None:
        self.directory = directory
        self.kubeconfig = directory / "kubeconfig"
        self.person_kubeconfig = directory / f"kubeconfig-{PERSON}"
        self.audit_log = directory / AUDIT_LOG
        """What others than the administrator asked for; no request is answered before it is in there."""
        self.server = ""
        """Base URL; empty until started."""
        self._binaries = binaries
        self._ready_within_s = ready_within_s
        self._choose_port = choose_port
        self._data: Path | None = None
        self._processes: list[Process] = []
        self._etcd_url = ""
        self._api_server: list[str | Path] = []
        """The command of kube-apiserver, once it was started."""

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    @property
    def version(self) -> str:
        """What kube-apiserver says of itself, such as `v1.36.2`; empty until started."""
        return self._binaries.kubernetes_version if self._binaries else ""

    @property
    def pids(self) -> list[int]:
        """The process ids of what runs, etcd first."""
        return [process.pid for process in self._processes]

    async def start(self) -> None:
        """Start both and return once the API answers and the namespace `default` is there.

        Binaries that were not given are provided first (see `provide`), which can take minutes and cannot be
        cancelled. Raises `NoControlPlane`, or `NotReady` with the end of a log; nothing is left running then.
        """
        if self._processes:
            raise NotReady(f"the control plane in {self.directory} runs already; stop it first")
        if self._binaries is None:
            self._binaries = await asyncio.to_thread(provide)
        self.directory.mkdir(parents=True, exist_ok=True)
        credentials = create_credentials(self.directory / "credentials", datetime.now(UTC))
        for attempt in range(1, _PORT_ATTEMPTS + 1):
            try:
                await self._start_once(self._binaries, credentials)
            except PortTaken as error:
                await self.stop()
                if attempt == _PORT_ATTEMPTS:
                    raise NotReady(f"every chosen port was taken at once, {attempt} times: {error}") from error
            except BaseException:
                await self.stop()
                raise
            else:
                return

    async def stop(self) -> None:
        """End both processes and remove their data; the logs stay. Repeatable, and harmless before a start."""
        # kube-apiserver first: without its etcd it would wait for one instead of ending.
        while self._processes:
            await self._processes[-1].stop()
            self._processes.pop()
        if self._data:
            shutil.rmtree(self._data, ignore_errors=True)
            self._data = None

    async def stop_api_server(self) -> None:
        """End kube-apiserver alone, as its upgrade does; etcd runs on with all the data. Repeatable."""
        for process in self._processes[1:]:
            await process.stop()
        del self._processes[1:]

    async def start_api_server(self) -> None:
        """Start kube-apiserver again where it was, with the same data and credentials; return once the API answers.

        Raises `NotReady` when it does not; the rest of the control plane runs on then.
        """
        if len(self._processes) != 1:
            raise NotReady(f"kube-apiserver in {self.directory} can be started again only after it was stopped alone")
        await self._spawn("kube-apiserver", self._api_server)
        try:
            await self._until_ready()
        except BaseException:
            await self.stop_api_server()
            raise

    async def compact(self) -> int:
        """Have etcd forget every revision before the latest one; return that one.

        kube-apiserver goes on serving what it remembers itself, until it is started again.
        """
        return await compact(self._etcd_url)

    async def wait(self) -> None:
        """Wait for as long as both run. Raises `NotReady` with the end of the log when one ends by itself."""
        raise NotReady(str((await self._first_ended()).explain_end()))

    async def _start_once(self, binaries: Binaries, credentials: Credentials) -> None:
        self._data = Path(tempfile.mkdtemp(prefix="etcd-", dir=self.directory))
        self._credentials = credentials
        self._etcd_url = f"http://{LOOPBACK}:{self._choose_port()}"
        await self._spawn("etcd", [binaries.etcd, *etcd_flags(self._data, self._etcd_url)])
        port = self._choose_port()
        policy = credentials.tokens.with_name("audit-policy.yaml")
        write_audit_policy(policy)
        flags = [*kube_apiserver_flags(self._etcd_url, port, credentials), *audit_flags(policy, self.audit_log)]
        self._api_server = [binaries.kube_apiserver, *flags]
        await self._spawn("kube-apiserver", self._api_server)
        self.server = f"https://{LOOPBACK}:{port}"
        await self._until_ready()
        write_kubeconfig(self.kubeconfig, server=self.server, credentials=credentials)
        write_kubeconfig(self.person_kubeconfig, server=self.server, credentials=credentials, user=PERSON)

    async def _spawn(self, name: str, command: list[str | Path]) -> None:
        self._processes.append(await Process.start(command, name=name, log=self.directory / f"{name}.log"))

    async def _until_ready(self) -> None:
        credentials = self._credentials
        now = asyncio.get_running_loop().time
        deadline = now() + self._ready_within_s
        trust = ssl.create_default_context(cafile=str(credentials.ca))
        headers = {"Authorization": f"Bearer {credentials.token}"}
        async with httpx.AsyncClient(
            base_url=self.server, headers=headers, verify=trust, trust_env=False, timeout=_ANSWER_S
        ) as client:
            # The namespace appears some moments after the API server calls itself ready.
            for path in ("/readyz", "/api/v1/namespaces/default"):
                while not await _answers(client, path):
                    self._check_running(overdue=now() > deadline)
                    await asyncio.sleep(_POLL_S)

    def _check_running(self, *, overdue: bool) -> None:
        for process in self._processes:
            if process.has_ended:
                raise process.explain_end()
        if overdue:
            api = self._processes[-1]
            raise NotReady(f"not ready after {self._ready_within_s:g} s; {api.log} says last:\n{api.last_lines()}")

    async def _first_ended(self) -> Process:
        tasks = {asyncio.create_task(process.wait()): process for process in self._processes}
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            return tasks[done.pop()]
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _answers(client: httpx.AsyncClient, path: str) -> bool:
    with contextlib.suppress(httpx.TransportError):
        return (await client.get(path)).is_success
    return False


def kube_apiserver_flags(etcd_url: str, port: int, credentials: Credentials) -> list[str]:
    """Compose kube-apiserver's flags: loopback only, RBAC, users by token, every feature at its default."""
    return [
        f"--etcd-servers={etcd_url}",
        f"--bind-address={LOOPBACK}",
        f"--advertise-address={LOOPBACK}",
        f"--secure-port={port}",
        f"--tls-cert-file={credentials.serving_certificate}",
        f"--tls-private-key-file={credentials.serving_key}",
        f"--token-auth-file={credentials.tokens}",
        "--authorization-mode=RBAC",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={credentials.service_account_key}",
        f"--service-account-signing-key-file={credentials.service_account_key}",
        "--service-cluster-ip-range=10.0.0.0/24",
        # It would wait for a service account that only the controller manager, which does not run, creates.
        "--disable-admission-plugins=ServiceAccount",
        # The Service `kubernetes` cannot have a loopback address for an endpoint; without this it is tried for ever.
        "--endpoint-reconciler-type=none",
    ]
