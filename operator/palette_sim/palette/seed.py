"""What a simulated Palette holds when it starts: projects, keys, cluster profiles and edge hosts.

A seed is YAML or JSON; `default_seed.yaml` beside this module is the demo's and shows every field.
"""

from importlib.resources import files
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from palette_sim.common.bodies import ArchType
from palette_sim.palette.bodies.base import PackType


class SeedModel(BaseModel):
    """Base: a field that does not exist is an error, since a person wrote it."""

    model_config = ConfigDict(extra="forbid")


class ProjectSeed(SeedModel):
    """A project. Without `uid`, one is derived from the name."""

    name: str
    uid: str = ""


class KeySeed(SeedModel):
    """An API key: a tenant admin's, or one that sees the named projects only."""

    name: str
    key: SecretStr
    tenant_admin: bool = False
    projects: list[str] = Field(default_factory=list, description="Names of projects.")
    user: str = Field(default="", description="E-mail address of its owner; empty: nobody's.")
    expires_in_days: float | None = Field(default=None, description="null: never.")


class UserSeed(SeedModel):
    """A user who can log in: a tenant admin, or one that sees the named projects only."""

    email: str
    password: SecretStr
    first_name: str = ""
    last_name: str = ""
    mfa: bool = Field(default=False, description="Asked for a second factor.")
    tenant_admin: bool = False
    projects: list[str] = Field(default_factory=list, description="Names of projects.")


class PackSeed(SeedModel):
    """A pack of a profile version."""

    name: str
    layer: Literal["kernel", "os", "k8s", "cni", "csi", "addon"] = "addon"
    version: str = "1.0.0"
    type: PackType = "spectro"
    values: str = ""


class VariableSeed(SeedModel):
    """A variable of a profile version. Values always travel as strings."""

    name: str
    format: Literal["string", "number", "boolean", "ipv4", "ipv4cidr", "ipv6", "version", "base64"] = "string"
    default: str = ""
    required: bool = False
    sensitive: bool = False
    immutable: bool = False
    hidden: bool = False
    regex: str = ""


class VersionSeed(SeedModel):
    """One version of a profile. Each has a uid of its own."""

    version: str
    uid: str = ""
    packs: list[PackSeed] = Field(default_factory=list)
    variables: list[VariableSeed] = Field(default_factory=list)


class ProfileSeed(SeedModel):
    """A cluster profile with its versions, in a project or, without one, in the tenant."""

    name: str
    type: Literal["cluster", "infra", "add-on"] = "add-on"
    cloud_type: str = "all"
    project: str = Field(default="", description="Name of the project; empty: tenant scope.")
    labels: dict[str, str] = Field(default_factory=dict)
    versions: list[VersionSeed]


class HostSeed(SeedModel):
    """An edge host that exists at the start, by default one that registered itself and is ready."""

    uid: str
    project: str
    name: str = ""
    arch: ArchType = "amd64"
    labels: dict[str, str] = Field(default_factory=dict)
    state: Literal["ready", "unpaired"] = "ready"


class Seed(SeedModel):
    """The whole start."""

    tenant: str = "retail"
    projects: list[ProjectSeed] = Field(default_factory=list)
    users: list[UserSeed] = Field(default_factory=list)
    keys: list[KeySeed] = Field(default_factory=list)
    profiles: list[ProfileSeed] = Field(default_factory=list)
    hosts: list[HostSeed] = Field(default_factory=list)

    @model_validator(mode="after")
    def _projects_exist(self) -> "Seed":
        known = {project.name for project in self.projects}
        named = {name for key in self.keys for name in key.projects}
        named |= {name for user in self.users for name in user.projects}
        named |= {profile.project for profile in self.profiles if profile.project}
        named |= {host.project for host in self.hosts}
        if missing := sorted(named - known):
            raise ValueError(f"no such project in the seed: {', '.join(missing)}")
        return self

    @model_validator(mode="after")
    def _owners_exist(self) -> "Seed":
        known = {user.email for user in self.users}
        if missing := sorted({key.user for key in self.keys if key.user} - known):
            raise ValueError(f"no such user in the seed: {', '.join(missing)}")
        return self


def default_seed() -> Seed:
    """Read the built-in seed, that of the demo."""
    return _parse(files(__package__).joinpath("default_seed.yaml").read_text(encoding="utf-8"))


def load_seed(path: Path) -> Seed:
    """Read a seed from a YAML or JSON file; raises pydantic.ValidationError when it is malformed."""
    return _parse(path.read_text(encoding="utf-8"))


def _parse(text: str) -> Seed:
    return Seed.model_validate(yaml.safe_load(text) or {})
