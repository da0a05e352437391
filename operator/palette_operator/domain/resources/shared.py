"""Parts that several kinds have in common: metadata, references, selectors and the policies of every resource."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from palette_operator.domain.resources.base import Model, Rule
from palette_operator.domain.resources.fields import (
    DnsName,
    IpAddress,
    LabelValue,
    MacAddress,
    Name,
    Pointer,
    SecretKey,
    Text,
    Timestamp,
)

Mode = Literal["Manage", "Observe", "Plan"]
AdoptionPolicy = Literal["IfOwned", "IfExists", "Required"]
DeletionPolicy = Literal["Orphan", "Delete"]
DriftPolicy = Literal["Correct", "Report"]

# Tags that carry the ownership mark in Palette; a resource must not forge them.
RESERVED_TAG_PREFIX = "palette-operator-"


class Metadata(Model):
    """What the operator reads of an object's metadata."""

    name: str
    namespace: str = ""
    uid: str = ""
    generation: int = 0
    resource_version: str = ""
    labels: dict[str, str] = Field(default_factory=dict)
    annotations: dict[str, str] = Field(default_factory=dict)
    finalizers: tuple[str, ...] = ()
    creation_timestamp: Timestamp | None = None
    deletion_timestamp: Timestamp | None = None


class ConnectionRef(Model):
    """Names the PaletteConnection to go through."""

    name: DnsName
    """Name of a PaletteConnection. Immutable."""


class SecretRef(Model):
    """A whole Secret."""

    name: DnsName
    """Name of the Secret."""


class SecretKeyRef(Model):
    """One key of a Secret."""

    name: DnsName
    """Name of the Secret."""
    key: SecretKey
    """Key within the Secret's data."""


class ConfigMapKeyRef(Model):
    """One key of a ConfigMap."""

    name: DnsName
    """Name of the ConfigMap."""
    key: SecretKey
    """Key within the ConfigMap's data or binaryData."""


class LabelRequirement(Model):
    """One expression of a label selector."""

    key: Name
    """Label key."""
    operator: Literal["In", "NotIn", "Exists", "DoesNotExist"]
    """How the label's value is compared with `values`."""
    values: Annotated[tuple[LabelValue, ...], Field(max_length=64)] = ()
    """Values for In and NotIn; empty for Exists and DoesNotExist."""

    RULES: ClassVar = (
        Rule(
            "values are needed with In and NotIn, and only with these",
            holds=lambda self: bool(self.values) == (self.operator in {"In", "NotIn"}),
            cel="(has(self.values) && self.values.size() > 0) == (self.operator in ['In', 'NotIn'])",
        ),
    )

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether `labels` satisfy this expression, by Kubernetes' rules: a missing label satisfies NotIn."""
        match self.operator:
            case "In":
                return labels.get(self.key) in self.values
            case "NotIn":
                return labels.get(self.key) not in self.values
            case "Exists":
                return self.key in labels
            case "DoesNotExist":
                return self.key not in labels


class LabelSelector(Model):
    """Selects objects by their labels; all given parts must match."""

    match_labels: Annotated[dict[str, LabelValue], Field(max_length=64)] = Field(default_factory=dict)
    """Labels that must be there with exactly these values."""
    match_expressions: Annotated[tuple[LabelRequirement, ...], Field(max_length=32)] = ()
    """Further expressions on labels."""

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether `labels` satisfy every part; an empty selector matches everything."""
        wanted = self.match_labels.items()
        return wanted <= labels.items() and all(each.matches(labels) for each in self.match_expressions)


class Drift(Model):
    """What happens when Palette holds something else than the spec."""

    policy: DriftPolicy = "Correct"
    """Correct: put it back, after an event that says what differed. Report: only say so. Default: Correct."""
    ignore: Annotated[tuple[Pointer, ...], Field(max_length=64)] = ()
    """Paths that are never compared nor corrected, such as /spec/tags/owner. Default: none."""


class Nic(Model):
    """A network interface of an edge host, with a static address where the cluster uses these."""

    name: Name
    """Interface name on the device, such as eth0."""
    ip: IpAddress = ""
    """Static IP address. Default: by DHCP."""
    subnet: Text = ""
    """Subnet mask of the address, such as 255.255.255.0. Default: none."""
    gateway: IpAddress = ""
    """IP address of the default gateway. Default: none."""
    dns: Annotated[tuple[IpAddress, ...], Field(max_length=8)] = ()
    """IP addresses of DNS servers. Default: none."""
    mac_addr: MacAddress = ""
    """MAC address, such as 52:54:00:12:34:56. Default: not named."""

    RULES: ClassVar = (
        Rule(
            "a static ip needs subnet",
            holds=lambda self: bool(self.subnet) or not self.ip,
            cel="!has(self.ip) || self.ip == '' || (has(self.subnet) && self.subnet != '')",
        ),
    )


def no_reserved_tags(tags: Mapping[str, str]) -> bool:
    """Whether none of `tags` forges the mark by which the operator knows what it owns."""
    return not any(key.startswith(RESERVED_TAG_PREFIX) for key in tags)


RESERVED_TAGS = Rule(
    f"tags that start with {RESERVED_TAG_PREFIX} are the operator's own",
    holds=lambda spec: no_reserved_tags(spec.tags),
    cel=f"!has(self.tags) || !self.tags.exists(key, key.startsWith('{RESERVED_TAG_PREFIX}'))",
    at="tags",
)
