"""How far the remote shell has come: no listing tells, so the device is read while it is on its way."""

from __future__ import annotations

from palette_operator.domain.observed import HostRow, RemoteShellSeen
from palette_operator.domain.resources import EdgeHost, RemoteShellPart, RemoteShellStatus
from palette_operator.reconcile.findings import Findings
from palette_operator.reconcile.looking import is_requested
from palette_operator.reconcile.sites import Site

_ON_ITS_WAY_S = 30.0
_THERE_IS_NONE = "Absent"
"""Our word where Palette has none."""


async def follow_remote_shell(
    resource: EdgeHost, row: HostRow | None, site: Site, findings: Findings, *, just_sent: bool
) -> None:
    """Say how far the remote shell has come. Costs a request only until it is there, and when somebody asks.

    Raises a ReconcileError when the device could not be read.
    """
    if resource.spec.remote_shell.ssh is None:
        findings.fields["remoteShell"] = None  # not ours: left as it is, and not followed
        return
    if row is None or row.state == "unpaired":
        return
    if not (just_sent or is_requested(resource)) and is_settled(resource, resource.status.remote_shell):
        return
    fresh = await site.client.get_host(site.scope, row.uid)
    if fresh is None:
        return
    shown = _status(fresh.remote_shell or RemoteShellSeen())
    findings.fields["remoteShell"] = shown.to_kubernetes()
    if not is_settled(resource, shown):
        findings.look_again(_ON_ITS_WAY_S)


def is_settled(resource: EdgeHost, shown: RemoteShellStatus | None) -> bool:
    """Whether Palette has done what was asked for, or has given up."""
    if shown is None:
        return False
    wanted = resource.spec.remote_shell
    ends = {"Created"} if wanted.ssh == "Enabled" else {"Deleted", _THERE_IS_NONE}
    if shown.ssh.state not in ends | {"Failed"}:
        return False
    return wanted.temporary_user != "Enabled" or shown.temporary_user.state in {"Created", "Failed"}


def _status(seen: RemoteShellSeen) -> RemoteShellStatus:
    return RemoteShellStatus(
        ssh=RemoteShellPart(state=seen.state or _THERE_IS_NONE, message=seen.message),
        temporary_user=RemoteShellPart(state=seen.user_state or _THERE_IS_NONE, message=seen.user_message),
    )
