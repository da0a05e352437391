"""The ownership mark and tags, as Palette's labels hold them.

Palette has no idempotency keys and does not document names as unique, so what is ours carries a label that can be
computed again from Git alone: operator id, kind, namespace and name.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from palette_operator.domain.actions import Difference, is_ignored
from palette_operator.domain.identifiers import ObjectKey

OWNER_LABEL = "palette-operator-owner"
INSTANCE_LABEL = "palette-operator-instance"
MARK_LABELS = (OWNER_LABEL, INSTANCE_LABEL)

# Palette stores a tag without a value under this word. Source: the official Terraform provider.
VALUELESS_TAG = "spectro__tag"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who this operator is: a required, chosen id and the management cluster it runs in."""

    operator_id: str
    instance: str
    """Identity of the management cluster; two clusters with one operator id must not fight over an object."""
    takeover: bool = False
    """Accept what the same operator id marked from another management cluster: set after a rebuild."""

    def owner(self, key: ObjectKey) -> str:
        """Return 32 hex digits that name `key` as the owner; the same in every cluster with this operator id."""
        named = f"{self.operator_id}\n{key.kind}\n{key.namespace}\n{key.name}"
        return hashlib.sha256(named.encode()).hexdigest()[:32]

    def mark(self, key: ObjectKey) -> dict[str, str]:
        """Return the labels that say: this is `key`'s."""
        return {OWNER_LABEL: self.owner(key), INSTANCE_LABEL: self.instance}

    def owns(self, labels: Mapping[str, str], key: ObjectKey) -> bool:
        """Whether the labels carry `key`'s mark, set from here (or from anywhere, under takeover)."""
        if labels.get(OWNER_LABEL) != self.owner(key):
            return False
        return self.takeover or labels.get(INSTANCE_LABEL, self.instance) == self.instance


def is_marked(labels: Mapping[str, str]) -> bool:
    """Whether any operator of this kind has marked the object."""
    return OWNER_LABEL in labels


def labels_from_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """Return tags as Palette stores them. Values are kept whole, colons included."""
    return {key: value or VALUELESS_TAG for key, value in tags.items()}


def merged_labels(
    current: Mapping[str, str], ours: Mapping[str, str], *, formerly_ours: Collection[str] = ()
) -> dict[str, str]:
    """Return the full label set to send: others' labels kept, ours set, those we no longer want removed.

    Whether Palette merges or replaces labels is not documented; the full set is right under both.
    """
    kept = {key: value for key, value in current.items() if key not in formerly_ours}
    return kept | dict(ours)


def label_differences(
    desired: Mapping[str, str], found: Mapping[str, str], formerly_ours: Collection[str], ignore: Collection[str]
) -> tuple[dict[str, str], tuple[str, ...], tuple[Difference, ...]]:
    """Compare labels; return those to set, the keys to remove (only ones that we once set) and where they differ.

    `ignore` holds paths of the spec that are left alone, such as /spec/tags/owner.
    """
    wanted = {key: value for key, value in desired.items() if not is_ignored(_label_path(key), ignore)}
    dropped = sorted(key for key in formerly_ours if key not in desired and key in found)
    stale = tuple(key for key in dropped if not is_ignored(_label_path(key), ignore))
    changed = [key for key, value in sorted(wanted.items()) if found.get(key) != value]
    differences = [Difference(_label_path(key), wanted[key], found.get(key, "")) for key in changed]
    differences += [Difference(_label_path(key), "", found[key]) for key in stale]
    return wanted, stale, tuple(differences)


def _label_path(key: str) -> str:
    return f"/metadata/mark/{key}" if key in MARK_LABELS else f"/spec/tags/{key}"
