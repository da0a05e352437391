"""Takes up what was asked for once: remembered in the status first, then handed to whoever does it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import TypeAlias

from palette_operator.domain.identifiers import ObjectKey
from palette_operator.domain.one_shot import OneShot, requests
from palette_operator.domain.resources import ManagedStatus, parse_metadata, parse_status
from palette_operator.kube.objects import generation_of
from palette_operator.reconcile.context import Context
from palette_operator.reconcile.findings import Findings

Objection: TypeAlias = Callable[[], Awaitable[str]]
"""Says why nothing may be done now; "" when it may. Asked only when something is due, so that it may look first."""


async def take_requests(
    context: Context, key: ObjectKey, findings: Findings, offered: Iterable[OneShot], objection: Objection
) -> tuple[OneShot, ...]:
    """Return the actions that are to be done now, each of them remembered in the status already.

    Call it last, when all else of the look is settled. What cannot be acted upon is told of, once, and so is everything
    that is due where there is an objection. Raises what the objection raises, and Conflict when the resource changed
    meanwhile, with nothing remembered; another ReconcileError when the API server failed.
    """
    body = context.objects.get(key)
    if body is None or not findings.is_about(body) or generation_of(body) != findings.generation:
        return ()  # it changed, and will be looked at again
    metadata = parse_metadata(body)
    asked = requests(
        metadata.annotations,
        offered,
        parse_status(ManagedStatus, body.get("status")).last_handled_requests,
        created_at=metadata.creation_timestamp,
        now=context.now(),
    )
    if not asked.is_new:
        return ()
    refused = await objection() if asked.due else ""
    findings.fields["lastHandledRequests"] = dict(asked.handled)
    for request in asked.ignored:
        findings.tell("Warning", "RequestIgnored", request.why)
    if refused:
        for action in asked.due:
            findings.tell("Warning", "RequestRefused", f"{action.value}: {refused}")
        return ()
    if asked.due:
        await context.reporter.write(key, findings, fence=metadata.resource_version)
    return asked.due
