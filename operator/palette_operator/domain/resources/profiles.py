"""Profiles of a cluster: which version, its variables, and values of its packs that are overridden.

Source: Palette OpenAPI 4.9, v1SpectroClusterProfileEntity.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from palette_operator.domain.resources.base import Model, Rule
from palette_operator.domain.resources.fields import Name, Text, named
from palette_operator.domain.resources.shared import SecretKeyRef

Yaml = Annotated[str, Field(max_length=262_144)]


class ValueFrom(Model):
    """Where a value is read from; exactly one member."""

    secret_key_ref: SecretKeyRef
    """A key of a Secret of this namespace."""


class ProfileVariable(Model):
    """A value for one of the profile's variables."""

    name: Name
    """Name of the variable."""
    value: Annotated[str, Field(max_length=16_384)] | None = Field(default=None, repr=False)
    """Its value, as text whatever the variable's format."""
    value_from: ValueFrom | None = None
    """Where its value is read from, for secrets."""

    RULES: ClassVar = (
        Rule(
            "set exactly one of value, valueFrom",
            holds=lambda self: (self.value is None) != (self.value_from is None),
            cel="has(self.value) != has(self.valueFrom)",
        ),
    )


class Manifest(Model):
    """A Kubernetes manifest inside a pack."""

    name: Name
    """Name of the manifest in the pack."""
    content: Yaml = Field(default="", repr=False)
    """Its YAML. Default: empty."""


class PackOverride(Model):
    """Values of one pack that differ from the profile's."""

    name: Name
    """Name of the pack in the profile."""
    type: Literal["spectro", "helm", "manifest", "oci"] = "spectro"
    """Kind of the pack. Default: spectro."""
    tag: Text = ""
    """Version tag of the pack. Default: the profile's."""
    values: Yaml = Field(default="", repr=False)
    """Its values, as YAML. Default: the profile's."""
    manifests: Annotated[tuple[Manifest, ...], Field(max_length=32, json_schema_extra=named("name"))] = ()
    """Its manifests. Default: the profile's."""


class ClusterProfile(Model):
    """One version of a cluster profile, by name and version or by uid."""

    name: Name
    """Name of the profile; with `uid` it only names this entry of the list."""
    version: Annotated[Name, Field(max_length=63)] = ""
    """Version of the profile, such as 1.4.0. Needed unless `uid` is set."""
    scope: Literal["project", "tenant", "system"] | None = None
    """Scope to look in when the name exists in several. Default: any."""
    uid: Annotated[Name, Field(max_length=63)] = ""
    """Uid in Palette of one version of a profile; replaces the lookup by name and version. Default: looked up."""
    variables: Annotated[tuple[ProfileVariable, ...], Field(max_length=128, json_schema_extra=named("name"))] = ()
    """Values for the profile's variables. Default: the profile's own."""
    packs: Annotated[tuple[PackOverride, ...], Field(max_length=64, json_schema_extra=named("name"))] = ()
    """Values of packs that differ from the profile's. Default: none."""

    RULES: ClassVar = (
        Rule(
            "set version, or uid",
            holds=lambda self: bool(self.version or self.uid),
            cel="has(self.version) || has(self.uid)",
        ),
    )
