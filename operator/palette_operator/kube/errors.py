"""Kubernetes API failures, by what to do next; mapped from HTTP in one place."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import aiohttp
from kubernetes.aio.client.exceptions import ApiException

from palette_operator.domain.errors import ReconcileError, Stalled, Waiting


class Conflict(Waiting):
    """The object changed meanwhile: look at the new one and decide again. Nothing was written."""


class Vanished(Waiting):
    """The object is gone from the API server; there is nothing to write to any more."""


class NotServed(Waiting):
    """The API server knows no such path, for now or at all: that is no news of any object."""


class Expired(Waiting):
    """What was being read in pages is no longer remembered as it was: begin anew."""


_REASONS = frozenset({"KubernetesUnavailable", "KubernetesForbidden", "KubernetesRejected"})


def is_of_the_api_server(error: ReconcileError) -> bool:
    """Whether the API server failed, or refused us: that is no news of what was to be read or written there."""
    return error.reason in _REASONS


def from_api(error: ApiException, doing: str) -> ReconcileError:
    """Return the error for a failed call. The response body stays out of the message."""
    match error.status:
        case 404:
            return _not_found(error.body, doing)
        case 409:
            return Conflict("Conflict", f"{doing}: it was changed meanwhile", retry_after_s=0.2)
        case 401 | 403:
            return Stalled("KubernetesForbidden", f"{doing}: the operator's ServiceAccount may not; check its RBAC")
        case 410:
            return Expired("KubernetesUnavailable", f"{doing}: the API server answered 410", retry_after_s=5)
        case 422:
            return Stalled(
                "KubernetesRejected", f"{doing}: refused as invalid; are the CRDs of this version installed?"
            )
        case status:
            return Waiting("KubernetesUnavailable", f"{doing}: the API server answered {status}", retry_after_s=5)


def _not_found(body: object, doing: str) -> ReconcileError:
    if _names_an_object(body):
        return Vanished("NotFound", f"{doing}: it no longer exists", retry_after_s=1)
    return NotServed("KubernetesUnavailable", f"{doing}: the API server answered 404", retry_after_s=5)


def _names_an_object(body: object) -> bool:
    """Whether an answer says which object was not found. One about the path is plain text, or names nothing."""
    try:
        status = json.loads(body) if isinstance(body, str | bytes) else None
    except ValueError:
        return False
    details = status.get("details") if isinstance(status, dict) else None
    return isinstance(details, dict) and bool(details.get("name"))


@contextmanager
def mapped(doing: str) -> Iterator[None]:
    """Raise what a call inside fails with as a ReconcileError; `doing` says in plain words what was tried."""
    try:
        yield
    except ApiException as error:
        raise from_api(error, doing) from error
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        message = f"{doing}: the API server could not be reached ({type(error).__name__})"
        raise Waiting("KubernetesUnavailable", message, retry_after_s=5) from error
