"""Argo CD's own kinds, so far as our pages use them: for an API server that refuses any other field.

Written from Argo CD's manual, "Application Specification" and "Generating Applications with ApplicationSet"; its own
definitions are hundreds of kilobytes of what no page of ours mentions.
"""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_SWITCH: Schema = {"type": "boolean"}
_NUMBER: Schema = {"type": "integer"}
_TEXTS: Schema = {"type": "object", "additionalProperties": _TEXT}
_ANYTHING: Schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}


def _members(required: str = "", **properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, **({"required": required.split()} if required else {})}


def _list_of(items: Schema) -> Schema:
    return {"type": "array", "items": items}


_SOURCE = _members(
    "repoURL",
    repoURL=_TEXT,
    path=_TEXT,
    targetRevision=_TEXT,
    helm=_members(releaseName=_TEXT, valuesObject=_ANYTHING, parameters=_list_of(_members(name=_TEXT, value=_TEXT))),
)
_SYNC_POLICY = _members(
    automated=_members(prune=_SWITCH, selfHeal=_SWITCH),
    syncOptions=_list_of(_TEXT),
    managedNamespaceMetadata=_members(labels=_TEXTS, annotations=_TEXTS),
    retry=_members(limit=_NUMBER, backoff=_members(duration=_TEXT, factor=_NUMBER, maxDuration=_TEXT)),
)
_APPLICATION = _members(
    "project destination",
    project=_TEXT,
    source=_SOURCE,
    destination=_members(server=_TEXT, name=_TEXT, namespace=_TEXT),
    syncPolicy=_SYNC_POLICY,
)
_CLUSTERS = _members(selector=_members(matchLabels=_TEXTS), values=_TEXTS)
_APPLICATION_SET = _members(
    "generators template",
    goTemplate=_SWITCH,
    goTemplateOptions=_list_of(_TEXT),
    generators=_list_of(_members(clusters=_CLUSTERS)),
    template=_members(
        "metadata spec",
        metadata=_members(name=_TEXT, labels=_TEXTS, annotations=_TEXTS, finalizers=_list_of(_TEXT)),
        spec=_APPLICATION,
    ),
)


def definitions() -> list[Schema]:
    """Return the CustomResourceDefinitions of Application and ApplicationSet."""
    return [_definition("Application", _APPLICATION), _definition("ApplicationSet", _APPLICATION_SET)]


def _definition(kind: str, spec: Schema) -> Schema:
    group, plural = "argoproj.io", f"{kind.lower()}s"
    names = {"kind": kind, "listKind": f"{kind}List", "plural": plural, "singular": kind.lower()}
    schema = {"openAPIV3Schema": _members("spec", spec=spec, status=_ANYTHING)}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {
            "name": f"{plural}.{group}",
        },
        "spec": {
            "group": group,
            "names": names,
            "scope": "Namespaced",
            "versions": [{"name": "v1alpha1", "served": True, "storage": True, "schema": schema}],
        },
    }
