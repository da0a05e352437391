"""A small Kubernetes API server in one process, in memory, for the demo and the fast tests.

It satisfies kopf, `kubernetes.aio` and a genuine kubectl, and answers in kube-apiserver's words where people read
them. It is not Kubernetes: what it lacks is in `LACKS`, and a genuine kube-apiserver is the judge of it. It never
listens beyond loopback and keeps nothing.
"""

from palette_sim.kube_api.server import EmbeddedKubernetes
from palette_sim.kube_api.switchboard import LACKS, Fault

__all__ = ["LACKS", "EmbeddedKubernetes", "Fault"]
