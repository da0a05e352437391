"""A genuine control plane, etcd and kube-apiserver, for the tests and the demo: found or built, started, stopped.

It judges the embedded API server and the CRDs, so nothing in here may imitate Kubernetes. It runs no controllers,
no scheduler and no nodes, listens on loopback only, and forgets everything when it stops.
"""

from palette_sim.controlplane.binaries import KUBERNETES_VERSION, Binaries
from palette_sim.controlplane.errors import ControlPlaneError, NoControlPlane, NotReady
from palette_sim.controlplane.progress import Progress
from palette_sim.controlplane.provide import provide
from palette_sim.controlplane.server import GenuineControlPlane

__all__ = [
    "KUBERNETES_VERSION",
    "Binaries",
    "ControlPlaneError",
    "GenuineControlPlane",
    "NoControlPlane",
    "NotReady",
    "Progress",
    "provide",
]
