"""The way to Palette: network, certificate, and who answers at its end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from palette_operator.cli.doctor.findings import Finding, failure, ok, skipped, warning
from palette_operator.cli.doctor.observations import Seen
from palette_operator.domain.errors import ReconcileError
from palette_operator.palette.contact import Attempt, Contact, NoContact, Obstacle
from palette_operator.palette.network import Endpoint

_CHECK, _TLS, _CLOCK = "endpoint", "tls", "clock"
_EXPIRES_SOON = timedelta(days=14)
_SKEW_S = 60.0
_WRONG_SKEW_S = 300.0
_SELF_SIGNED = (
    "put the certificate, or better that of the authority that signs Palette's, into a Secret and name it in "
    "spec.tls.caSecretRef"
)
_REMEDIES = {
    Obstacle.NAME: "correct spec.endpoint, or the DNS of the place that this runs in",
    Obstacle.CONNECTION: "see that address and port are right and that no firewall is between",
    Obstacle.TIMEOUT: "see that address and port are right and that no firewall is between",
    Obstacle.PROXY: "correct spec.proxy, or let the proxy allow this host",
    Obstacle.NO_TLS: "correct the port in spec.endpoint: something else than HTTPS answers there",
    Obstacle.CERTIFICATE_EXPIRED: "renew Palette's certificate; see also that the clock here is right",
    Obstacle.CERTIFICATE_NOT_YET_VALID: "see that the clock here is right",
    Obstacle.CERTIFICATE_OF_ANOTHER: "use the name that the certificate is for in spec.endpoint",
    Obstacle.CERTIFICATE_SELF_SIGNED: _SELF_SIGNED,
    Obstacle.CERTIFICATE_NOT_TRUSTED: _SELF_SIGNED,
    Obstacle.BROKEN: "see what is between here and Palette: a firewall, a proxy, a load balancer",
}
_LATER = "try again later; see Palette's own health"
_CONSOLE = "use the address of Palette's API, such as https://api.spectrocloud.com, not that of a console or portal"


def reached(attempt: Seen[Attempt], endpoint: Endpoint) -> Finding:
    """Judge whether Palette answers there."""
    if isinstance(attempt, ReconcileError):
        return failure(_CHECK, attempt.message, "correct the connection's spec")
    by = f"{endpoint.url} through a proxy" if endpoint.proxy else endpoint.url
    if isinstance(attempt, NoContact):
        return failure(_CHECK, f"{by}: {attempt.obstacle.value}", _remedy(attempt.obstacle, endpoint))
    if attempt.is_redirect:
        to = f" to {attempt.location}" if attempt.location else ""
        return failure(_CHECK, f"{by} redirects{to}; redirects are not followed", _CONSOLE)
    if not attempt.is_json:
        said = f"{by} answered {attempt.status}, but not with JSON, as Palette does"
        return failure(_CHECK, said, _LATER if attempt.is_error else _CONSOLE)
    if attempt.is_error:
        return failure(_CHECK, f"{by} answered {attempt.status}", _LATER)
    return ok(_CHECK, f"{by} answers")


def certificate(attempt: Seen[Attempt], endpoint: Endpoint, now: datetime) -> Iterator[Finding]:
    """Judge the certificate of whoever answers; nothing when nobody did."""
    if not isinstance(attempt, Contact):
        return
    if urlsplit(endpoint.url).scheme == "http":
        yield skipped(_TLS, "plain http, which is accepted for loopback addresses alone")
    elif endpoint.insecure or attempt.certificate is None:
        yield skipped(_TLS, "the certificate is not verified, so nothing is known of it")
    else:
        shown = attempt.certificate
        trusted = "spec.tls.caSecretRef" if endpoint.ca_pem else "the system's authorities"
        said = f"certificate by {shown.issuer}, trusted through {trusted}, valid until {shown.expires_at:%Y-%m-%d}"
        if shown.expires_at - now < _EXPIRES_SOON:
            yield warning(_TLS, said, "renew Palette's certificate before that day")
        else:
            yield ok(_TLS, said)


def clock(attempt: Seen[Attempt], *, logs_in: bool) -> Iterator[Finding]:
    """Judge the difference between Palette's clock and ours; `logs_in` when tokens with a lifetime are used."""
    if not isinstance(attempt, Contact):
        return
    ahead_s = attempt.clock_ahead_s
    if ahead_s is None:
        yield skipped(_CLOCK, "the server does not tell the time")
        return
    if abs(ahead_s) <= _SKEW_S:
        yield ok(_CLOCK, "Palette's clock and the one here agree")
        return
    side = "behind" if ahead_s > 0 else "ahead of"
    said = f"the clock here is {timedelta(seconds=round(abs(ahead_s)))} {side} Palette's"
    remedy = "set the clock by NTP; tokens and certificates live by it"
    fails = logs_in and abs(ahead_s) > _WRONG_SKEW_S
    yield failure(_CLOCK, said, remedy) if fails else warning(_CLOCK, said, remedy)


def _remedy(obstacle: Obstacle, endpoint: Endpoint) -> str:
    remedy = _REMEDIES[obstacle]
    if obstacle in {Obstacle.NAME, Obstacle.CONNECTION, Obstacle.TIMEOUT} and not endpoint.proxy:
        remedy += "; if only a proxy leads there, set spec.proxy (the environment's is not used)"
    if obstacle is Obstacle.CERTIFICATE_NOT_TRUSTED and endpoint.ca_pem:
        return "the CA in spec.tls.caSecretRef did not sign it: put the right one there, the whole chain if need be"
    return remedy
