"""A PaletteConnection as the management cluster holds it: its spec, its Secrets, and what the operator says of it."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import urlsplit

from palette_operator.cli.doctor.findings import Finding, failure, ok, skipped, some, warning
from palette_operator.cli.doctor.observations import Body, SecretLook, Seen
from palette_operator.cli.status.objects import view
from palette_operator.domain.errors import ReconcileError
from palette_operator.domain.resources import ConnectionSpec
from palette_operator.palette.credentials import ApiKey, Credentials, UserLogin

_SPEC = "spec"
_KEY_FORM = "credential-form"


def problems(found: Sequence[str]) -> Iterator[Finding]:
    """Say what is wrong with a spec that cannot be used."""
    for problem in found:
        yield failure(_SPEC, problem, "correct it; docs/reference/paletteconnection.md tells every field")


def spec(unknown: Sequence[str], wanted: ConnectionSpec) -> Iterator[Finding]:
    """Judge a spec that can be used."""
    if unknown:
        yield warning(_SPEC, f"{some(unknown)}: unknown, and ignored", "correct the spelling, or upgrade the operator")
    else:
        yield ok(_SPEC, f"valid; {wanted.endpoint}, project {wanted.project}")
    if wanted.tls.insecure_skip_verify:
        yield warning(
            "tls-verification",
            "insecureSkipVerify: certificates are not verified; whoever is on the way can read the credentials",
            "name the authority that signed Palette's certificate in spec.tls.caSecretRef instead",
        )


def reported(body: Body) -> Finding:
    """Repeat what the operator itself says of the connection."""
    check, seen = "reported", view(body)
    if seen.is_ready:
        return ok(check, "the operator says that it is Ready")
    if seen.reason == "NotSeenYet":
        remedy = "see that it runs in this cluster, and what it logs"
        return warning(check, seen.message.partition(";")[0], remedy)
    message = f"the operator says {seen.reason}: {seen.message}"
    return warning(check, message, "see the checks below; docs/reference/conditions.md tells each reason")


def secret(look: SecretLook) -> Finding:
    """Judge a Secret that a connection refers to."""
    check, where = "secrets", f"Secret {look.name} in namespace {look.namespace}"
    if isinstance(look.keys, ReconcileError):
        return skipped(check, f"{where} may not be read; {look.keys.message}")
    if look.keys is None:
        hint = f"; there is one in {some(look.elsewhere)}, where the operator does not look" if look.elsewhere else ""
        keys = " ".join(f"--from-file={key}=FILE" for key in look.needed)
        command = f"kubectl -n {look.namespace} create secret generic {look.name} {keys}"
        return failure(check, f"{where} does not exist{hint}", f"create it: {command}")
    if lacking := [key for key in look.needed if key not in look.keys]:
        has = f"its keys are {some(look.keys)}" if look.keys else "it is empty"
        return failure(check, f"{where} has no key {some(lacking)}; {has}", "add it, or correct the reference to it")
    return ok(check, f"{where} has {some(look.needed)}")


def credential_form(found: Seen[Credentials]) -> Iterator[Finding]:
    """Judge whether what the Secret holds can be a credential at all."""
    match found:
        case ApiKey():
            yield api_key_form(found.key)
        case UserLogin():
            yield ok(_KEY_FORM, f"a user and a password: {found.email}")
        case ReconcileError():
            yield failure(
                _KEY_FORM, found.message, "see what the Secret must hold: docs/reference/paletteconnection.md"
            )


def api_key_form(key: str) -> Finding:
    """Judge whether a value can be an API key at all; says nothing of what it is."""
    bare = key.strip()
    remedy = "put the bare API key there, as Palette showed it when it was made"
    if not bare:
        return failure(_KEY_FORM, "the API key is empty", remedy)
    if re.fullmatch(r"ey[\w-]+\.[\w-]+\.[\w-]+", bare):
        token = "the API key has the form of an authorization token, which lives for 15 minutes"  # noqa: S105 - words
        return warning(_KEY_FORM, token, remedy)
    if re.match(r"(?i)(bearer|apikey\s*[:=])", bare) or bare[0] in "\"'{":
        return failure(_KEY_FORM, "the API key carries more than the key: a header's name, quotes or JSON", remedy)
    if re.search(r"\s", bare) or not (bare.isascii() and bare.isprintable()):
        return failure(_KEY_FORM, "the API key holds characters that no key has, such as white space", remedy)
    if _is_encoded(bare):
        doubled = "the API key seems to be encoded as base64 twice"
        return warning(_KEY_FORM, doubled, "use stringData, or --from-file, which encode it once")
    return ok(_KEY_FORM, "the API key can be one")


def endpoint_and_group(body: Body) -> tuple[str, str]:
    """Return where a connection leads and the rate-limit group that it is in, however broken the rest of it is."""
    spec = body.get("spec") or {}
    endpoint = str(spec.get("endpoint") or "").rstrip("/")
    return endpoint, str((spec.get("rateLimit") or {}).get("group") or endpoint)


def groups(endpoints: Mapping[str, tuple[str, str]]) -> Iterator[Finding]:
    """Warn of connections to one Palette in different rate-limit groups: endpoint and group by connection."""
    by_host: dict[str, dict[str, str]] = {}
    for name, (endpoint, group) in sorted(endpoints.items()):
        by_host.setdefault(urlsplit(endpoint).netloc.lower(), {})[name] = group
    for host, members in by_host.items():
        if len(set(members.values())) > 1:
            yield warning(
                "rate-limit-groups",
                f"{some(members)} reach {host} in different groups, but leave by one address, which Palette limits",
                "give them the same spec.rateLimit.group, or none",
            )


def _is_encoded(key: str) -> bool:
    try:
        inner = base64.b64decode(key, validate=True).decode("ascii").strip()
    except (binascii.Error, ValueError):
        return False
    return len(inner) >= 16 and inner.isprintable() and inner.replace("-", "").isalnum()  # noqa: PLR2004 - see above
