"""The management cluster: the API server, the operator's rights, the operator itself and its Lease."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from palette_operator.cli.doctor.findings import Finding, failure, ok, skipped, some, warning
from palette_operator.cli.doctor.observations import Body, Management, Seen
from palette_operator.domain.errors import ReconcileError
from palette_operator.kube.leases import LEASE_NAME
from palette_operator.kube.rights import Right, Where

_PRODUCT = "palette-operator"
_ID_VARIABLE, _ID_OPTION = "PALETTE_OPERATOR_ID", "--operator-id"


def api_server(look: Management) -> Finding:
    """Say which API server it is."""
    return ok("api-server", f"Kubernetes {look.version} at {look.server}")


def rights(look: Management) -> Finding:
    """Judge whether the operator has the rights that it needs, as far as the one who asks can speak for it."""
    check = "rbac"
    failed = next((granted for _, _, granted in look.rights if isinstance(granted, ReconcileError)), None)
    if failed is not None:
        return skipped(check, f"rights cannot be reviewed for {look.subject}; {failed.message}")
    denied = [(right, verb) for right, verb, granted in look.rights if not granted]
    account = f"system:serviceaccount:{look.namespace}:{_PRODUCT}"
    if not denied:
        also = "" if look.speaks_for_operator else f" (for the operator's ServiceAccount: --as {account})"
        return ok(check, f"{look.subject} may do all that the operator needs{also}")
    message = f"{look.subject} may not {some(_denials(denied, look.namespace), most=9)}"
    if look.speaks_for_operator:
        return failure(check, message, f"grant it in the operator's ClusterRole or Role: {_purposes(denied)}")
    return warning(check, f"{message}; of the operator nothing is known", f"ask for its ServiceAccount: --as {account}")


def operator(deployments: Seen[Sequence[Body]], namespace: str) -> Iterator[Finding]:
    """Judge the operator's Deployments, when there are any in its namespace."""
    check = "operator"
    if isinstance(deployments, ReconcileError):
        yield skipped(check, f"Deployments cannot be read; {deployments.message}")
        return
    ours = [each for each in deployments if _is_ours(each)]
    if not ours:
        yield skipped(check, f"no Deployment of it in namespace {namespace}; it may run elsewhere (--namespace)")
    for each in ours:
        yield _deployment(check, each, alone=len(ours) == 1)


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


def _denials(denied: Sequence[tuple[Right, str]], namespace: str) -> Iterator[str]:
    verbs: dict[Right, list[str]] = defaultdict(list)
    for right, verb in denied:
        verbs[right].append(verb)
    places = {Where.OWN_NAMESPACE: f" in namespace {namespace}", Where.DEFAULT_NAMESPACE: " in namespace default"}
    for right, several in verbs.items():
        where = places.get(right.where, "")
        yield f"{'/'.join(several)} {right.resource}{where}"


def _purposes(denied: Sequence[tuple[Right, str]]) -> str:
    return "; ".join(dict.fromkeys(right.purpose for right, _ in denied))


def _deployment(check: str, found: Body, *, alone: bool) -> Finding:
    name, spec = found["metadata"]["name"], found["spec"]
    wanted, ready = int(spec.get("replicas", 1)), int((found.get("status") or {}).get("readyReplicas") or 0)
    if not alone:
        message = f"Deployment {name} is one of several of the operator in this namespace"
        return failure(check, message, "keep one: two operators write against each other")
    if not (operator_id := _operator_id(found)):
        return failure(
            check,
            f"Deployment {name} sets no operator id",
            f"set {_ID_VARIABLE} or {_ID_OPTION}: chosen once and kept, it marks what is ours in Palette",
        )
    message = f"Deployment {name}, operator id {operator_id}, {ready} of {wanted} ready"
    if ready < min(wanted, 1) or wanted == 0:
        return failure(check, message, f"see why it does not run: kubectl describe deployment {name}")
    return ok(check, message)


def _containers(found: Body) -> list[Body]:
    return list(found["spec"]["template"]["spec"].get("containers") or ())


def _is_ours(found: Body) -> bool:
    labels = found["metadata"].get("labels") or {}
    images = (str(each.get("image", "")).rpartition("/")[2].partition(":")[0] for each in _containers(found))
    return labels.get("app.kubernetes.io/name") == _PRODUCT or _PRODUCT in images


def _operator_id(found: Body) -> str:
    """Return the operator id that the containers are given; a word where it comes from elsewhere."""
    for container in _containers(found):
        for variable in container.get("env") or ():
            if variable["name"] == _ID_VARIABLE:
                return str(variable.get("value") or ("from a reference" if variable.get("valueFrom") else ""))
        words = [str(each) for each in (*(container.get("command") or ()), *(container.get("args") or ()))]
        for word, following in pairwise([*words, ""]):
            if word == _ID_OPTION:
                return following
            if word.startswith(f"{_ID_OPTION}="):
                return word.partition("=")[2]
    return ""


def _time(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text))
    except ValueError:
        return None
