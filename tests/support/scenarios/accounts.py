"""On a genuine API server an operator runs as its own ServiceAccount, with the rights that its chart grants.

People who run a command are somebody else, with the rights that its reference asks for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from palette_operator.kube.rights import Needed, Right, Where, rules
from palette_sim.controlplane.credentials import PERSON
from support.chart import RELEASE, of_kind, rendered
from support.scenarios.kubernetes import Body, Kubernetes
from support.scenarios.waiting import eventually

_RBAC = "rbac.authorization.k8s.io"
_APPLIED = ("ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding")


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
        return f"system:serviceaccount:{self.namespace}:{RELEASE}"

    @property
    def form(self) -> str:
        """Which of the two forms of roles it has."""
        return "namespaced" if self.watched else "cluster-wide"

    async def grant(self, kubernetes: Kubernetes) -> None:
        """Create the ServiceAccount, the roles and the bindings; return when they hold. May be repeated."""
        given = self._manifests()
        for manifest in given:
            await kubernetes.apply(manifest)
        for namespace, rule in _last_rule_of_each_role(given):
            await _until_it_holds(kubernetes, self.user, namespace, rule)

    async def token(self, kubernetes: Kubernetes) -> str:
        """Return a token of it."""
        return await kubernetes.token_of(RELEASE, self.namespace)

    def _manifests(self) -> list[Body]:
        objects = rendered(self._values(), namespace=self.namespace)
        return [
            body for kind in _APPLIED for body in of_kind(objects, kind) if "helm.sh/hook" not in _annotations(body)
        ]

    def _values(self) -> Body:
        """Return the values of the chart that stand for this account; what is no right is of no account."""
        return {
            "watchNamespaces": list(self.watched),
            "localEndpointCidrs": ["127.0.0.0/8"] if Needed.LOCAL_HOSTS in self.needed else [],
            "rbac": {"kubeconfigSecrets": Needed.KUBECONFIGS in self.needed, "aggregateClusterRoles": False},
        }


async def allow_person(kubernetes: Kubernetes, command: str, rights: Sequence[Right], namespace: str) -> None:
    """Let the person run a command about the operator of a namespace, with these rights and no others."""
    name = f"{PERSON}-{command}-{namespace}"
    everywhere = [right for right in rights if right.where in {Where.CLUSTER, Where.WATCHED}]
    in_place = [right for right in rights if right.where is Where.OWN_NAMESPACE]
    given = [
        *_role("ClusterRole", name, "", everywhere),
        *(_role("Role", name, namespace, in_place) if in_place else ()),
    ]
    for manifest in given:
        await kubernetes.apply(manifest)
    for place, rule in _last_rule_of_each_role(given):
        await _until_it_holds(kubernetes, PERSON, place, rule)


def _role(kind: str, name: str, namespace: str, rights: Sequence[Right]) -> list[Body]:
    """Return a role of the person's, with its binding."""
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    common = {"apiVersion": f"{_RBAC}/v1", "metadata": metadata}
    role_ref = {"apiGroup": _RBAC, "kind": kind, "name": name}
    subjects = [{"apiGroup": _RBAC, "kind": "User", "name": PERSON}]
    return [
        {**common, "kind": kind, "rules": rules(rights)},
        {**common, "kind": f"{kind}Binding", "roleRef": role_ref, "subjects": subjects},
    ]


def write_kubeconfig(like: Path, token: str, written_to: Path) -> Path:
    """Write a kubeconfig of another user, by token, that leads where this one does; return where it is."""
    config = yaml.safe_load(like.read_text(encoding="utf-8"))
    config["users"][0]["user"] = {"token": token}
    written_to.touch(mode=0o600)
    written_to.write_text(yaml.safe_dump(config), encoding="utf-8")
    return written_to


async def _until_it_holds(kubernetes: Kubernetes, user: str, namespace: str, rule: Body) -> None:
    (name, *_) = (*rule.get("resourceNames", ()), "")
    plural, _, subresource = rule["resources"][-1].partition("/")
    asked = {"group": rule["apiGroups"][0], "resource": plural, "subresource": subresource, "verb": rule["verbs"][-1]}

    async def holds() -> bool:
        return await kubernetes.may(user, {**asked, "namespace": namespace, "name": name})

    await eventually(holds, f"{user} may {rule}")


def _last_rule_of_each_role(manifests: Sequence[Body]) -> list[tuple[str, Body]]:
    """Return the last rule of each role, which no other role is likely to bring too, with the role's namespace."""
    return [
        (manifest["metadata"].get("namespace", ""), manifest["rules"][-1])
        for manifest in manifests
        if manifest.get("rules")
    ]


def _annotations(body: Body) -> Body:
    return dict(body["metadata"].get("annotations") or {})
