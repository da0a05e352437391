"""Rows of the listings with valid defaults, so that a test names only what it is about."""

from dataclasses import replace
from typing import Any

from palette_operator.domain.identifiers import ClusterUid, HostUid, ProjectUid
from palette_operator.domain.observed import ClusterRow, HostHardware, HostRow


def cluster_row(uid: str = "c1", **fields: Any) -> ClusterRow:  # noqa: ANN401 - any field of the row
    row = ClusterRow(
        uid=ClusterUid(uid),
        name=f"name-{uid}",
        project=ProjectUid("p1"),
        state="Running",
        health="Healthy",
        labels={},
        profile_uids=(),
        cloud_type="edge-native",
        cloud_config_uid=None,
        repave_state="",
        created_at=None,
        modified_at=None,
    )
    return replace(row, **fields)


def host_row(uid: str = "h1", **fields: Any) -> HostRow:  # noqa: ANN401 - any field of the row
    row = HostRow(
        uid=HostUid(uid),
        name=f"name-{uid}",
        project=ProjectUid("p1"),
        state="ready",
        health="healthy",
        health_message="",
        agent_version="4.9",
        labels={},
        cluster_uid=None,
        cluster_name="",
        hardware=HostHardware(),
        address="",
    )
    return replace(row, **fields)
