from __future__ import annotations

import base64
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from palette_sim.kube_api import EmbeddedKubernetes

CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"

CRD = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.shop.example.com}
spec:
  group: shop.example.com
  scope: Namespaced
  names: {plural: widgets, singular: widget, kind: Widget, shortNames: [wd], categories: [shop]}
  versions:
    - name: v1
      served: true
      storage: true
      subresources: {status: {}}
      additionalPrinterColumns:
        - {name: Ready, type: string, jsonPath: '.status.conditions[?(@.type=="Ready")].status'}
        - {name: Size, type: integer, jsonPath: .spec.size}
        - {name: Colour, type: string, jsonPath: .spec.colour, priority: 1}
        - {name: Age, type: date, jsonPath: .metadata.creationTimestamp}
      schema:
        openAPIV3Schema:
          description: A widget that is sold in the shop.
          type: object
          required: [spec]
          properties:
            spec:
              description: What the widget should be.
              type: object
              required: [size]
              properties:
                size: {description: Its size in millimetres., type: integer, minimum: 1, maximum: 10}
                colour: {type: string, enum: [red, green], default: red}
                note: {type: string, maxLength: 5}
                shell:
                  description: The shell around it.
                  type: object
                  properties:
                    thick: {description: Whether the shell is thick., type: boolean, default: false}
                pools:
                  type: array
                  maxItems: 3
                  x-kubernetes-list-type: map
                  x-kubernetes-list-map-keys: [name]
                  items:
                    type: object
                    required: [name]
                    properties:
                      name: {type: string}
                      count: {type: integer}
                labels: {type: object, additionalProperties: {type: string}}
                anything: {type: object, x-kubernetes-preserve-unknown-fields: true}
            status:
              type: object
              properties:
                phase: {type: string, enum: [Up, Down]}
                seenAt: {type: string, format: date-time}
                conditions:
                  type: array
                  x-kubernetes-list-type: map
                  x-kubernetes-list-map-keys: [type]
                  items:
                    type: object
                    required: [type, status]
                    properties:
                      type: {type: string}
                      status: {type: string}
"""


@pytest.fixture
def widget_crd() -> dict[str, Any]:
    return dict(yaml.safe_load(CRD))


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[EmbeddedKubernetes]:
    async with EmbeddedKubernetes(tmp_path) as running:
        yield running


@pytest.fixture
async def api(server: EmbeddedKubernetes, widget_crd: dict[str, Any]) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the server, which serves widgets."""
    config = yaml.safe_load(server.kubeconfig.read_text())
    authority = base64.b64decode(config["clusters"][0]["cluster"]["certificate-authority-data"]).decode()
    async with httpx.AsyncClient(
        base_url=config["clusters"][0]["cluster"]["server"],
        headers={"Authorization": f"Bearer {config['users'][0]['user']['token']}"},
        verify=ssl.create_default_context(cadata=authority),
        trust_env=False,
    ) as client:
        (await client.post(CRDS, json=widget_crd)).raise_for_status()
        yield client
