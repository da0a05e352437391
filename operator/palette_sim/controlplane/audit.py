"""Who asked the API server for what, and was it allowed: the audit log, and what goes into it."""

from pathlib import Path

import yaml

from palette_sim.controlplane.credentials import ADMINISTRATOR

AUDIT_LOG = "audit.log"
"""File beside the kubeconfig; one event of `audit.k8s.io/v1` a line."""

# Metadata says who, what, where and how it ended; bodies, and with them the values of Secrets, are never in it. The
# administrator is the tests' own hand, and the API server asks itself all the time: neither is what one wants to know.
_POLICY = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived"],
    "rules": [
        {"level": "None", "users": [ADMINISTRATOR, "system:apiserver"]},
        {"level": "Metadata"},
    ],
}


def write_audit_policy(path: Path) -> None:
    """Write the policy for kube-apiserver."""
    path.write_text(yaml.safe_dump(_POLICY, sort_keys=False), encoding="utf-8")


def audit_flags(policy: Path, log: Path) -> list[str]:
    """Compose kube-apiserver's flags: each request is in the log before it is answered, and the log is one file."""
    return [
        f"--audit-policy-file={policy}",
        f"--audit-log-path={log}",
        "--audit-log-mode=blocking",
        "--audit-log-maxsize=4096",
    ]
