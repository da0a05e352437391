"""The management cluster: the API server, the operator's rights, the operator itself and its Lease."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from palette_operator.cli.doctor.deployments import OPERATOR_ID, PRODUCT, WATCH_NAMESPACES, ours
from palette_operator.cli.doctor.findings import Finding, failure, ok, skipped, some, warning
from palette_operator.cli.doctor.observations import Body, Management, Review, Seen
from palette_operator.domain.errors import ReconcileError
from palette_operator.kube.leases import LEASE_NAME
from palette_operator.kube.rights import Right, Where


def api_server(look: Management) -> Finding:
    """Say which API server it is."""
    return ok("api-server", f"Kubernetes {look.version} at {look.server}")


def rights(look: Management) -> Finding:
    """Judge whether the operator has the rights that it needs, as far as the one who asks can speak for it."""
    check = "rbac"
    failed = next((each.granted for each in look.rights if isinstance(each.granted, ReconcileError)), None)
    if failed is not None:
        return skipped(check, f"rights cannot be reviewed for {look.subject}; {failed.message}")
    denied = [each for each in look.rights if not each.granted]
    account = f"system:serviceaccount:{look.namespace}:{PRODUCT}"
    if not denied:
        also = "" if look.speaks_for_operator else f" (for the operator's ServiceAccount: --as {account})"
        return ok(check, f"{look.subject} may do all that the operator needs{also}")
    message = f"{look.subject} may not {some(_denials(denied), most=9)}"
    if look.speaks_for_operator:
        return _lacking(check, message, denied, look)
    return warning(check, f"{message}; of the operator nothing is known", f"ask for its ServiceAccount: --as {account}")


def operator(deployments: Seen[Sequence[Body]], namespace: str) -> Iterator[Finding]:
    """Judge the operator's Deployments, when there are any in its namespace."""
    check = "operator"
    if isinstance(deployments, ReconcileError):
        yield skipped(check, f"Deployments cannot be read; {deployments.message}")
        return
    found = ours(deployments)
    if not found:
        yield skipped(check, f"no Deployment of it in namespace {namespace}; it may run elsewhere (--namespace)")
    for each in found:
        yield _deployment(check, each, alone=len(found) == 1)


def lease(leases: Seen[Sequence[Body]], now: datetime) -> Finding:
    """Judge who holds the operator's Lease, if there is one."""
    check = "lease"
    if isinstance(leases, ReconcileError):
        return skipped(check, f"Leases cannot be read; {leases.message}")
    found = next((each for each in leases if each["metadata"]["name"] == LEASE_NAME), None)
    if found is None:
        return skipped(check, "no Lease in this namespace: no replica has run here")
    spec, name = found.get("spec") or {}, found["metadata"]["name"]
    holder = spec.get("holderIdentity")
    if not holder:
        return warning(check, f"nobody holds Lease {name}", "see whether the operator runs, and what it logs")
    renewed_at = _time(spec.get("renewTime"))
    if renewed_at is None or now - renewed_at > timedelta(seconds=int(spec.get("leaseDurationSeconds") or 0)):
        message = f"{holder} holds Lease {name} but has stopped renewing it"
        return warning(check, message, "see whether that pod still runs; another replica takes over by itself")
    return ok(check, f"{holder} holds Lease {name}")


def _lacking(check: str, message: str, denied: Sequence[Review], look: Management) -> Finding:
    """Judge what the operator itself may not do; where it watches is part of that, and may not be known."""
    if look.watched is not None:
        return failure(check, message, _cure(denied))
    message += "; which namespaces it watches is not known, so all were asked for"
    if certain := [each for each in denied if each.right.where is not Where.WATCHED]:
        return failure(check, message, f"{_cure(certain)}; name the namespaces with {WATCH_NAMESPACES.option}")
    return warning(check, message, f"name them with {WATCH_NAMESPACES.option}; if it is to watch all, {_cure(denied)}")


def _denials(denied: Sequence[Review]) -> Iterator[str]:
    verbs: dict[tuple[Right, str], list[str]] = defaultdict(list)
    for each in denied:
        verbs[each.right, each.namespace].append(each.verb)
    for (right, namespace), several in verbs.items():
        yield f"{'/'.join(several)} {right.resource}{f' in namespace {namespace}' if namespace else ''}"


def _cure(denied: Sequence[Review]) -> str:
    """Say which roles lack something, and what it is for."""
    places = dict.fromkeys(each.namespace for each in denied)
    roles = [f"Role in namespace {place}" if place else "ClusterRole" for place in places]
    purposes = "; ".join(dict.fromkeys(each.right.purpose for each in denied))
    return f"grant it in the operator's {some(roles)}: {purposes}"


def _deployment(check: str, found: Body, *, alone: bool) -> Finding:
    name, spec = found["metadata"]["name"], found["spec"]
    wanted, ready = int(spec.get("replicas", 1)), int((found.get("status") or {}).get("readyReplicas") or 0)
    if not alone:
        message = f"Deployment {name} is one of several of the operator in this namespace"
        return failure(check, message, "keep one: two operators write against each other")
    operator_id = OPERATOR_ID.told_by(found)
    if operator_id == []:
        return failure(
            check,
            f"Deployment {name} sets no operator id",
            f"set {OPERATOR_ID.variable} or {OPERATOR_ID.option}: chosen once and kept, it marks ours in Palette",
        )
    told = f"operator id {operator_id[-1] if operator_id else 'from a reference'}, {_watches(found)}"
    message = f"Deployment {name}, {told}, {ready} of {wanted} ready"
    if ready < min(wanted, 1) or wanted == 0:
        return failure(check, message, f"see why it does not run: kubectl describe deployment {name}")
    return ok(check, message)


def _watches(found: Body) -> str:
    watched = WATCH_NAMESPACES.told_by(found)
    if watched is None:
        return "watched namespaces from a reference"
    return f"watches {some(watched) or 'all namespaces'}"


def _time(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text))
    except ValueError:
        return None
