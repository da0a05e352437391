"""A genuine kubectl against the embedded server."""

from __future__ import annotations

import asyncio
import os
import shutil
import sysconfig
from pathlib import Path
from typing import Any

import pytest
import yaml

from palette_sim.kube_api import EmbeddedKubernetes

TIMEOUT_S = 30
WIDGET = {
    "apiVersion": "shop.example.com/v1",
    "kind": "Widget",
    "metadata": {"name": "a", "namespace": "default"},
    "spec": {"size": 3, "shell": {}, "pools": [{"name": "p", "count": 1}]},
}


def find_kubectl() -> str | None:
    beside_python = Path(sysconfig.get_path("scripts")) / "kubectl"
    return str(beside_python) if beside_python.exists() else shutil.which("kubectl")


KUBECTL = find_kubectl()
pytestmark = pytest.mark.skipif(KUBECTL is None, reason="there is no kubectl")


class Kubectl:
    """kubectl, with a cache and a kubeconfig of its own."""

    def __init__(self, server: EmbeddedKubernetes, directory: Path) -> None:
        self.directory = directory
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(directory),
            "KUBECONFIG": str(server.kubeconfig),
        }

    async def start(self, *arguments: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            str(KUBECTL),
            *arguments,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=self._environment,
        )

    async def __call__(self, *arguments: str, code: int = 0) -> str:
        process = await self.start(*arguments)
        async with asyncio.timeout(TIMEOUT_S):
            printed, _ = await process.communicate()
        assert process.returncode == code, printed.decode()
        return printed.decode()

    def file(self, *objects: dict[str, Any]) -> str:
        path = self.directory / f"{len(list(self.directory.iterdir()))}.yaml"
        path.write_text(yaml.safe_dump_all(objects))
        return str(path)


@pytest.fixture
async def kubectl(server: EmbeddedKubernetes, tmp_path: Path, widget_crd: dict[str, Any]) -> Kubectl:
    tool = Kubectl(server, tmp_path)
    assert await tool("apply", "-f", tool.file(widget_crd)) == (
        "customresourcedefinition.apiextensions.k8s.io/widgets.shop.example.com created\n"
    )
    return tool


async def test_applying_a_file_again_changes_nothing(kubectl: Kubectl, widget_crd: dict[str, Any]) -> None:
    path = kubectl.file(widget_crd, WIDGET)
    assert (await kubectl("apply", "-f", path)).endswith("widget.shop.example.com/a created\n")
    assert [line.split()[-1] for line in (await kubectl("apply", "-f", path)).splitlines()] == ["unchanged"] * 2


async def test_a_list_of_objects_is_applied(kubectl: Kubectl) -> None:
    path = kubectl.file({"apiVersion": "v1", "kind": "List", "items": [WIDGET]})
    assert await kubectl("apply", "-f", path) == "widget.shop.example.com/a created\n"


async def test_a_server_side_apply_changes_nothing_the_second_time(
    kubectl: Kubectl, server: EmbeddedKubernetes
) -> None:
    path = kubectl.file(WIDGET)
    versions = []
    for _ in range(2):
        assert await kubectl("apply", "--server-side", "-f", path) == "widget.shop.example.com/a serverside-applied\n"
        versions.append(server.objects.store.version)
    assert versions[0] == versions[1]


async def test_objects_are_shown(kubectl: Kubectl) -> None:
    await kubectl("apply", "-f", kubectl.file(WIDGET))
    by_short_name = (await kubectl("get", "wd")).split()
    wide = (await kubectl("get", "shop", "-A", "-o", "wide")).split()
    described = await kubectl("describe", "wd", "a")
    assert by_short_name[:5] == ["NAME", "READY", "SIZE", "AGE", "a"]
    assert wide[:8] == ["NAMESPACE", "NAME", "READY", "SIZE", "COLOUR", "AGE", "default", "a"]
    assert "thick: false" in await kubectl("get", "wd", "a", "-o", "yaml")
    assert "Colour:  red" in described
    assert "Events:" in described


async def test_fields_are_explained(kubectl: Kubectl) -> None:
    explained = await kubectl("explain", "widget.spec.shell")
    assert "The shell around it." in explained
    assert "Whether the shell is thick." in explained


async def test_a_watch_prints_each_change(kubectl: Kubectl) -> None:
    await kubectl("apply", "-f", kubectl.file(WIDGET))
    watch = await kubectl.start("get", "wd", "-w", "--no-headers")
    assert watch.stdout is not None
    async with asyncio.timeout(TIMEOUT_S):
        first = (await watch.stdout.readline()).split()
        await kubectl("patch", "wd", "a", "--type=merge", "-p", '{"spec":{"size":6}}')
        second = (await watch.stdout.readline()).split()
    watch.terminate()
    await watch.communicate()
    assert [first[1], second[1]] == [b"3", b"6"]


async def test_waiting_ends_when_the_condition_holds(kubectl: Kubectl) -> None:
    await kubectl("apply", "-f", kubectl.file(WIDGET))
    waiting = await kubectl.start("wait", "--for=condition=Ready", "wd/a", f"--timeout={TIMEOUT_S}s")
    status = '{"status":{"conditions":[{"type":"Ready","status":"True"}]}}'
    await kubectl("patch", "wd", "a", "--subresource=status", "--type=merge", "-p", status)
    async with asyncio.timeout(TIMEOUT_S):
        printed, _ = await waiting.communicate()
    assert printed.decode() == "widget.shop.example.com/a condition met\n"


PATCHES = {"merge": '{"spec":{"size":4}}', "json": '[{"op":"replace","path":"/spec/size","value":4}]'}


@pytest.mark.parametrize(("kind", "patch"), PATCHES.items(), ids=PATCHES)
async def test_an_object_is_patched(kubectl: Kubectl, kind: str, patch: str) -> None:
    await kubectl("apply", "-f", kubectl.file(WIDGET))
    assert await kubectl("patch", "wd", "a", f"--type={kind}", "-p", patch) == "widget.shop.example.com/a patched\n"
    assert await kubectl("get", "wd", "a", "-o", "jsonpath={.spec.size}") == "4"


async def test_an_invalid_object_is_refused_field_by_field(kubectl: Kubectl) -> None:
    body = {**WIDGET, "spec": {"size": 99, "note": "toolong"}}
    assert await kubectl("apply", "-f", kubectl.file(body), code=1) == (
        'The Widget "a" is invalid: \n'
        "* spec.note: Too long: may not be more than 5 bytes\n"
        "* spec.size: Invalid value: 99: spec.size in body should be less than or equal to 10\n"
    )


async def test_an_unknown_field_is_refused_by_the_server(kubectl: Kubectl) -> None:
    path = kubectl.file({**WIDGET, "spec": {"size": 1, "sise": 1}})
    refusal = (
        f'Error from server (BadRequest): error when creating "{path}": Widget in version "v1" cannot be handled as a '
        'Widget: strict decoding error: unknown field "spec.sise"\n'
    )
    assert await kubectl("apply", "-f", path, code=1) == refusal
    assert await kubectl("create", "-f", path, "--validate=warn") == (
        'Warning: unknown field "spec.sise"\nwidget.shop.example.com/a created\n'
    )


async def test_built_in_objects_are_created_and_deleted(kubectl: Kubectl) -> None:
    assert await kubectl("create", "namespace", "shop") == "namespace/shop created\n"
    assert await kubectl("create", "secret", "generic", "s", "-n", "shop", "--from-literal=a=b") == "secret/s created\n"
    assert await kubectl("create", "configmap", "c", "-n", "shop", "--from-literal=a=b") == "configmap/c created\n"
    assert await kubectl("get", "secret", "s", "-n", "shop", "-o", "jsonpath={.data.a}") == "Yg=="
    assert await kubectl("auth", "can-i", "create", "widgets") == "yes\n"
    await kubectl("delete", "namespace", "shop")
    assert await kubectl("get", "configmap", "-n", "shop") == "No resources found in shop namespace.\n"
    refused = await kubectl("create", "configmap", "c", "-n", "shop", "--from-literal=a=b", code=1)
    assert refused == 'error: failed to create configmap: namespaces "shop" not found\n'


async def test_a_deletion_is_waited_for(kubectl: Kubectl) -> None:
    held = {**WIDGET, "metadata": {"name": "a", "namespace": "default", "finalizers": ["example.com/held"]}}
    await kubectl("apply", "-f", kubectl.file(held))
    deleting = await kubectl.start("delete", "wd", "a")
    await kubectl("wait", "--for=jsonpath={.metadata.deletionTimestamp}", "wd/a", f"--timeout={TIMEOUT_S}s")
    await kubectl("patch", "wd", "a", "--type=merge", "-p", '{"metadata":{"finalizers":null}}')
    async with asyncio.timeout(TIMEOUT_S):
        printed, _ = await deleting.communicate()
    assert deleting.returncode == 0
    assert b'"a" deleted' in printed
    assert "NotFound" in await kubectl("get", "wd", "a", code=1)
