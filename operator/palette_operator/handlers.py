"""What kopf calls: every watch event wakes a key, and that is all.

Only `on.event` is used. An awaiting `on.delete` would hold up that object's events, and change-detecting handlers
would write annotations onto resources that Git owns.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import kopf

from palette_operator.kube.connecting import asks_for_proxies
from palette_operator.kube.objects import GROUP, PLURALS, VERSION, Body
from palette_operator.reconcile.operator import Operator

# Kopf strips the finalizer that it calls its own from every object; ours must be another.
_KOPF_FINALIZER = "palette.spectrocloud.com/kopf-unused"
_EXIT_WITHIN_S = 20.0


def registry(operator: Callable[[], Operator]) -> kopf.OperatorRegistry:
    """Return the handlers of one operator, registered on a registry of their own."""
    handlers = kopf.OperatorRegistry()
    kopf.on.login(registry=handlers, id="login")(_login)
    for kind, plural in PLURALS.items():
        feed = _feed(kind, operator)
        kopf.on.event(GROUP, VERSION, plural, registry=handlers, id=f"feed-{kind.lower()}")(feed)
    return handlers


def _login(**given: Any) -> kopf.ConnectionInfo | None:  # noqa: ANN401 - kopf passes what it has
    return kopf.login_with_service_account(**given) or kopf.login_with_kubeconfig(**given)


def _feed(kind: str, operator: Callable[[], Operator]) -> Callable[..., Any]:
    async def feed(event: dict[str, Any], **_: Any) -> None:  # noqa: ANN401 - kopf passes what it has
        body: Body = {"apiVersion": f"{GROUP}/{VERSION}", "kind": kind} | dict(event["object"])
        operator().feed(str(event.get("type") or ""), body)

    return feed


class _NoDiffBase(kopf.DiffBaseStorage):
    """Remembers nothing: nobody asks kopf what changed, and it would copy each object in depth to be able to say."""

    def build(self, **_: object) -> kopf.BodyEssence:
        return kopf.BodyEssence()

    def fetch(self, **_: object) -> kopf.BodyEssence | None:
        return None

    def store(self, **_: object) -> None:
        """Store nothing."""


def settings() -> kopf.OperatorSettings:
    """Return kopf's settings as measured: see the explanation of the watch feed."""
    chosen = kopf.OperatorSettings()
    chosen.scanning.disabled = True
    chosen.watching.server_timeout = 270
    chosen.watching.inactivity_timeout = 70
    chosen.networking.request_timeout = 30
    chosen.networking.enforce_retry_after = True
    chosen.networking.trust_env = asks_for_proxies()
    # As long in all as Kopf's own, which grow to 21 s: until then nothing is seen of an API server that is back.
    chosen.networking.error_backoffs = (1, 1, 2, *[5] * 10)
    chosen.persistence.finalizer = _KOPF_FINALIZER
    chosen.persistence.diffbase_storage = _NoDiffBase()
    chosen.peering.standalone = True
    chosen.process.ultimate_exiting_timeout = _EXIT_WITHIN_S
    chosen.posting.enabled = False
    return chosen
