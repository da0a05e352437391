"""How far the remote shell has come: read while it is on its way, and no more once it is there."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from palette_operator.domain.observed import HostRow, RemoteShellSeen
from palette_operator.domain.resources import parse_edge_host
from palette_operator.reconcile.edge_host.remote_shell import follow_remote_shell
from palette_operator.reconcile.findings import Findings
from palette_operator.reconcile.sites import Site
from support.builders import key
from support.fake_kube import resource_body
from support.rows import host_row

ON = {"ssh": "Enabled"}
WITH_USER = {"ssh": "Enabled", "temporaryUser": "Enabled"}
OFF = {"ssh": "Disabled"}


class Palette:
    """Tells of one device, and counts how often it was asked."""

    def __init__(self, *answers: RemoteShellSeen | None) -> None:
        self.answers = list(answers)
        self.reads = 0

    async def get_host(self, _: object, uid: str) -> HostRow | None:
        self.reads += 1
        return host_row(uid, remote_shell=self.answers.pop(0))


async def look(
    palette: Palette,
    spec: dict[str, str],
    status: dict[str, Any] | None = None,
    *,
    row: HostRow | None = None,
    just_sent: bool = False,
    **annotations: str,
) -> Findings:
    named = {f"palette.spectrocloud.com/{name.replace('_', '-')}": text for name, text in annotations.items()}
    body = resource_body(key("edge-1", "EdgeHost"), status={"remoteShell": status} if status else {}, annotations=named)
    resource = parse_edge_host(body | {"spec": {"connectionRef": {"name": "default"}, "remoteShell": spec}})
    findings = Findings()
    site = cast(Site, SimpleNamespace(client=palette, scope=None))
    await follow_remote_shell(resource, row or host_row("edge-1"), site, findings, just_sent=just_sent)
    return findings


def shown(findings: Findings) -> tuple[str, str]:
    told = findings.fields["remoteShell"]
    return told["ssh"]["state"], told["temporaryUser"]["state"]


COMING: dict[str, tuple[dict[str, str], RemoteShellSeen | None, tuple[str, str], bool]] = {
    "one that is begun": (ON, RemoteShellSeen("Initiating"), ("Initiating", "Absent"), True),
    "one that is there": (ON, RemoteShellSeen("Created"), ("Created", "Absent"), False),
    "one that failed": (ON, RemoteShellSeen("Failed", "no route"), ("Failed", "Absent"), False),
    "one of which nothing is told yet": (ON, None, ("Absent", "Absent"), True),
    "one whose user is still to come": (WITH_USER, RemoteShellSeen("Created"), ("Created", "Absent"), True),
    "one whose user is there": (WITH_USER, RemoteShellSeen("Created", "", "Created"), ("Created", "Created"), False),
    "one that is being taken away": (OFF, RemoteShellSeen("Deleting"), ("Deleting", "Absent"), True),
    "one that is gone": (OFF, RemoteShellSeen("Deleted"), ("Deleted", "Absent"), False),
    "one that never was": (OFF, None, ("Absent", "Absent"), False),
}


@pytest.mark.parametrize(("spec", "seen", "want", "again"), COMING.values(), ids=COMING)
async def test_a_remote_shell(
    spec: dict[str, str], seen: RemoteShellSeen | None, want: tuple[str, str], again: bool
) -> None:
    findings = await look(Palette(seen), spec)

    assert shown(findings) == want
    assert (findings.look_again_after_s is not None) == again


async def test_what_is_there_is_not_read_again() -> None:
    palette = Palette()

    findings = await look(palette, ON, {"ssh": {"state": "Created"}})

    assert (palette.reads, findings.fields) == (0, {})


async def test_it_is_read_when_somebody_asks_or_when_it_was_changed_just_now() -> None:
    palette = Palette(RemoteShellSeen("Failed"), RemoteShellSeen("Initiating"))

    assert shown(await look(palette, ON, {"ssh": {"state": "Created"}}, reconcile_requested_at="now"))[0] == "Failed"
    assert shown(await look(palette, ON, {"ssh": {"state": "Failed"}}, just_sent=True))[0] == "Initiating"


async def test_a_device_that_never_made_contact_is_not_asked_for_its_shell() -> None:
    palette = Palette()

    await look(palette, ON, row=host_row("edge-1", state="unpaired"))

    assert palette.reads == 0


async def test_what_is_not_asked_for_is_not_told() -> None:
    palette = Palette()

    findings = await look(palette, {}, {"ssh": {"state": "Created"}})

    assert (palette.reads, findings.fields) == (0, {"remoteShell": None})
