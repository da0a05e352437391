"""What several of Palette's request bodies hold."""

from typing import Literal

from palette_sim.common.bodies import Body, Labels

OnOff = Literal["enabled", "disabled"]
PackType = Literal["spectro", "helm", "manifest", "oci"]


class ObjectMeta(Body):
    """v1ObjectMeta. The server sets the times itself."""

    name: str | None = None
    uid: str | None = None
    labels: Labels = None
    annotations: Labels = None
    creation_timestamp: str | None = None
    deletion_timestamp: str | None = None
    last_modified_timestamp: str | None = None


class ObjectTags(Body):
    """v1ObjectTagsEntity."""

    name: str | None = None
    uid: str | None = None
    labels: Labels = None


class ObjectMetaInput(Body):
    """v1ObjectMetaInputEntity."""

    name: str | None = None
    labels: Labels = None
    annotations: Labels = None


class MetadataUpdate(Body):
    """v1ObjectMetaInputEntitySchema."""

    metadata: ObjectMetaInput
