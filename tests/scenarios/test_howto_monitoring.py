"""The how-to on monitoring, followed with a genuine API server, Helm and Prometheus.

There are no nodes and no names of Services: where pods would run, the scenario runs what the Deployment says, and where
Prometheus would ask for the replicas' addresses, it is given the one that there is.
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import yaml

from palette_sim.controlplane.process import choose_free_port
from palette_sim.palette import SimulatedPalette
from support.chart import Body, with_required
from support.howto import ROOT, Followed, Reader, follow
from support.prometheus.provide import provide
from support.prometheus.server import running_prometheus
from support.scenarios import manifests
from support.scenarios.control_plane import running_control_plane
from support.scenarios.helm import Helm
from support.scenarios.world import fast_palette

_PAGE = ROOT / "docs" / "how-to" / "monitoring.md"
_BY_NAME = """\
dns_sd_configs:
      - {names: [palette-operator-metrics.palette-system.svc], type: A, port: 8080}"""
_BY_ADDRESS = """\
static_configs:
      - targets: [127.0.0.1:%d]"""


async def test_the_operator_is_scraped_as_the_page_says(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    if request.config.getoption("--control-plane") != "genuine":
        pytest.skip("the embedded API server has no Deployments")
    prometheus, port, metrics_port = provide(), choose_free_port(), choose_free_port()
    async with AsyncExitStack() as running:
        plane = await running.enter_async_context(running_control_plane("genuine", tmp_path))
        palette = await running.enter_async_context(SimulatedPalette(fast_palette()))
        helm, desk = Helm(plane, "palette-system"), tmp_path / "desk"
        values = values_of_the_install(palette)
        desk.mkdir()
        (desk / "values.yaml").write_text(yaml.safe_dump(values))
        await install_beside_a_prometheus_operator(helm, values)
        await running.enter_async_context(helm.jobs_played())

        async def start_prometheus() -> None:
            await running.enter_async_context(helm.deployed(metrics_port=metrics_port))
            page_says = yaml.safe_load((desk / "prometheus.yml").read_text())["scrape_configs"]
            server = await running.enter_async_context(running_prometheus(prometheus, tmp_path, page_says, port))
            await server.until('palette_operator_objects{condition="Ready", status="True"}')

        reader = Reader(
            desk,
            plane.kubeconfig,
            in_place_of={
                _BY_NAME: _BY_ADDRESS % metrics_port,
                "http://localhost:9090": f"http://127.0.0.1:{port}",
            },
            by_hand={"start Prometheus with it": start_prometheus},
            tools={"promtool": prometheus.promtool},
        )

        assert await follow(_PAGE, reader) == Followed(
            commands=5,
            files=2,
            by_hand=tuple(reader.by_hand),
            not_followed=("the chart of kube-state-metrics is not at hand here",),
        )


def values_of_the_install(palette: SimulatedPalette) -> Body:
    spec = {"endpoint": palette.endpoint, "project": manifests.PROJECT, "allowedNamespaces": {"all": True}}
    return with_required({"connection": {"create": True, "existingSecret": "key", "spec": spec}})


async def install_beside_a_prometheus_operator(helm: Helm, values: Body) -> None:
    kubernetes = helm.plane.kubernetes
    for kind in ("ServiceMonitor", "PrometheusRule"):
        await kubernetes.create(of_the_prometheus_operator(kind))
    await helm.install(values)
    secret = manifests.secret("key", apiKey=manifests.API_KEY)
    await kubernetes.apply({**secret, "metadata": {"name": "key", "namespace": helm.namespace}})


def of_the_prometheus_operator(kind: str) -> Body:
    """Return a definition of one of its kinds, which takes anything."""
    plural, group = f"{kind.lower()}s", "monitoring.coreos.com"
    anything = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "names": {"kind": kind, "plural": plural, "singular": kind.lower()},
            "scope": "Namespaced",
            "versions": [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": anything}}],
        },
    }
