"""On a genuine API server an operator runs as its own ServiceAccount, with the rights that its chart grants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from palette_operator.kube.rights import RIGHTS, Needed, Right, Where, rules
from support.scenarios.kubernetes import Body, Kubernetes
from support.scenarios.waiting import eventually

_RBAC = "rbac.authorization.k8s.io"
_NAME = "palette-operator"


@dataclass(frozen=True, slots=True)
class Account:
    """A ServiceAccount with its rights, as one installation of the operator has it."""

    namespace: str
    watched: tuple[str, ...] = ()
    """The namespaces in which it may; empty means all."""
    needed: frozenset[Needed] = frozenset({Needed.ALWAYS})

    @property
    def user(self) -> str:
        """What the API server calls it."""
        return f"system:serviceaccount:{self.namespace}:{_NAME}"

    @property
    def form(self) -> str:
        """Which of the two forms of roles it has."""
        return "namespaced" if self.watched else "cluster-wide"

    async def grant(self, kubernetes: Kubernetes) -> None:
        """Create the ServiceAccount, the roles and the bindings; return when they hold. May be repeated."""
        given = self._manifests()
        for manifest in given:
            await kubernetes.apply(manifest)
        for namespace, rule in _one_rule_of_each_binding(given):
            await self._until_it_holds(kubernetes, namespace, rule)

    async def token(self, kubernetes: Kubernetes) -> str:
        """Return a token of it."""
        return await kubernetes.token_of(_NAME, self.namespace)

    async def _until_it_holds(self, kubernetes: Kubernetes, namespace: str, rule: Body) -> None:
        async def holds() -> bool:
            (name, *_) = (*rule.get("resourceNames", ()), "")
            asked = {"group": rule["apiGroups"][0], "resource": rule["resources"][0], "verb": rule["verbs"][0]}
            return await kubernetes.may(self.user, {**asked, "namespace": namespace, "name": name})

        await eventually(holds, f"{self.user} may {rule}")

    def _manifests(self) -> list[Body]:
        everywhere = self._rights(Where.CLUSTER)
        made = [
            {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": _NAME, "namespace": self.namespace}}
        ]
        if not self.watched:
            everywhere += self._rights(Where.WATCHED)
        made += self._role("ClusterRole", f"{_NAME}-{self.namespace}", "", everywhere)
        for namespace in self.watched:
            made += self._role("Role", f"{_NAME}-{self.namespace}-watched", namespace, self._rights(Where.WATCHED))
        made += self._role("Role", f"{_NAME}-{self.namespace}", self.namespace, self._rights(Where.OWN_NAMESPACE))
        made += self._role("Role", f"{_NAME}-{self.namespace}", "default", self._rights(Where.DEFAULT_NAMESPACE))
        return made

    def _rights(self, where: Where) -> list[Right]:
        return [right for right in RIGHTS if right.where is where and right.needed in self.needed]

    def _role(self, kind: str, name: str, namespace: str, rights: Sequence[Right]) -> list[Body]:
        metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
        subject = {"kind": "ServiceAccount", "name": _NAME, "namespace": self.namespace}
        role = {"apiVersion": f"{_RBAC}/v1", "kind": kind, "metadata": metadata, "rules": rules(rights)}
        binding: dict[str, Any] = {
            "apiVersion": f"{_RBAC}/v1",
            "kind": f"{kind}Binding",
            "metadata": metadata,
            "roleRef": {"apiGroup": _RBAC, "kind": kind, "name": name},
            "subjects": [subject],
        }
        return [role, binding]


def write_kubeconfig(like: Path, token: str, written_to: Path) -> Path:
    """Write a kubeconfig of another user, by token, that leads where this one does; return where it is."""
    config = yaml.safe_load(like.read_text(encoding="utf-8"))
    config["users"][0]["user"] = {"token": token}
    written_to.touch(mode=0o600)
    written_to.write_text(yaml.safe_dump(config), encoding="utf-8")
    return written_to


def _one_rule_of_each_binding(manifests: Sequence[Body]) -> list[tuple[str, Body]]:
    """Return a rule that each binding brings, with the namespace: what tells that the API server knows the binding."""
    return [
        (manifest["metadata"].get("namespace", ""), manifest["rules"][0])
        for manifest in manifests
        if manifest.get("rules")
    ]
