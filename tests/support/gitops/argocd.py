"""Argo CD's way with our resources: its ConfigMap's scripts in a Lua that can do no more than Argo CD's."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from lupa.lua51 import LuaRuntime, lua_type

from support.gitops.merge_patches import Body, merge_patch, three_way_patch

ROOT = Path(__file__).parents[3]
CONFIG_MAP = ROOT / "deploy" / "argocd" / "argocd-cm.yaml"
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_GROUP = "palette.spectrocloud.com"

# What gopher-lua's base library brings, less what reads files; and the table library. Source: argo-cd, util/lua/lua.go.
_OPEN = {"_G", "_VERSION", "assert", "error", "getmetatable", "ipairs", "next", "pairs", "pcall", "rawequal", "rawget"}
_OPEN |= {"rawset", "require", "select", "setmetatable", "table", "tonumber", "tostring", "type", "unpack", "xpcall"}


class Health(NamedTuple):
    """What Argo CD shows of a resource."""

    status: str
    message: str


class ArgoCD:
    """The scripts of an `argocd-cm`, ours unless its data are given, run as Argo CD runs them.

    `now` is what its `os.date` tells.
    """

    def __init__(self, data: Mapping[str, str] | None = None, now: datetime | None = None) -> None:
        self._entries = data or yaml.safe_load(CONFIG_MAP.read_text(encoding="utf-8"))["data"]
        self._lua = _sandbox(now)
        self._chunks: dict[str, Any] = {}

    def health(self, body: Mapping[str, Any]) -> Health:
        """Return a resource's health; what is being deleted is Progressing, whatever the script says."""
        if body["metadata"].get("deletionTimestamp"):
            return Health("Progressing", "Pending deletion")
        return self.scripted_health(body)

    def scripted_health(self, body: Mapping[str, Any]) -> Health:
        """Return what the health script says."""
        found = self._run(self._entries[f"resource.customizations.health.{_GROUP}_{body['kind']}"], body)
        assert set(found) == {"status", "message"}
        return Health(found["status"], found["message"])

    def actions(self, body: Mapping[str, Any]) -> Body:
        """Return the actions that are offered for a resource, by name."""
        found = self._run(self._actions(body)["discovery.lua"], body)
        return found if isinstance(found, dict) else {}

    def patch_of(self, action: str, body: Mapping[str, Any]) -> Body:
        """Return the merge patch that an offered action sends."""
        assert action in self.actions(body), f"{action} is not offered"
        definitions = {each["name"]: each["action.lua"] for each in self._actions(body)["definitions"]}
        returned = _restored(self._run(definitions[action], body), body)
        return merge_patch(body, returned)

    def _actions(self, body: Mapping[str, Any]) -> Body:
        actions: Body = yaml.safe_load(self._entries[f"resource.customizations.actions.{_GROUP}_{body['kind']}"])
        return actions

    def _run(self, script: str, body: Mapping[str, Any]) -> Any:  # noqa: ANN401 - whatever the script returns
        if script not in self._chunks:
            self._chunks[script] = self._lua.compile(script)
        self._lua.globals().obj = self._to_lua(body)
        return _from_lua(self._chunks[script]())

    def _to_lua(self, value: Any) -> Any:  # noqa: ANN401 - JSON
        """Return a value as Argo CD hands it to Lua: null is nil, so it is not there."""
        if isinstance(value, Mapping):
            return self._lua.table_from({k: self._to_lua(v) for k, v in value.items() if v is not None})
        if isinstance(value, list | tuple):
            return self._lua.table_from([self._to_lua(each) for each in value if each is not None])
        return value


def difference(desired: Mapping[str, Any], live: Mapping[str, Any]) -> Body:
    """Return what Argo CD shows as different between Git and the cluster; empty when it shows `Synced`.

    Both without status and without what only the API server writes. Source: gitops-engine, pkg/diff.
    """
    metadata = live["metadata"]
    last_applied = yaml.safe_load((metadata.get("annotations") or {}).get(LAST_APPLIED, "null")) or desired
    return three_way_patch(_normalised(last_applied), _normalised(desired), _normalised(live))


def _normalised(body: Mapping[str, Any]) -> Body:
    metadata = {name: value for name, value in body["metadata"].items() if name != "namespace"}
    annotations = {k: v for k, v in (metadata.pop("annotations", None) or {}).items() if k != LAST_APPLIED}
    if annotations:
        metadata["annotations"] = annotations
    return {**{name: value for name, value in body.items() if name != "status"}, "metadata": metadata}


def _sandbox(now: datetime | None) -> LuaRuntime:
    lua = LuaRuntime(unpack_returned_tuples=True, register_eval=False, register_builtins=False)
    date = (now or datetime.fromisoformat("2026-01-31T12:00:00+00:00")).strftime
    modules = lua.table_from({"os": lua.table_from({"date": lambda form: date(form.removeprefix("!"))})})
    lua.globals()["require"] = lua.eval("function(modules) return function(name) return assert(modules[name]) end end")(
        modules
    )
    lua.execute('getmetatable("").__index = nil')
    for name in list(lua.globals()):
        if name not in _OPEN:
            lua.globals()[name] = None
    return lua


def _from_lua(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Return a value as Argo CD reads it back: a table without members is a list to it."""
    if lua_type(value) != "table":
        return value
    members = {key: _from_lua(each) for key, each in value.items()}
    if all(isinstance(key, int) for key in members):
        return [members[key] for key in sorted(members)]
    return members


def _restored(new: Any, old: Any) -> Any:  # noqa: ANN401 - JSON
    """Return an action's result with an empty list replaced by the object that it was. Source: cleanReturnedObj."""
    if isinstance(old, Mapping):
        if new == []:
            return old
        if isinstance(new, Mapping):
            return {key: _restored(value, old.get(key)) for key, value in new.items()}
    if isinstance(old, list) and isinstance(new, list):
        return [_restored(value, known) for value, known in zip(new, old, strict=False)]
    return new
