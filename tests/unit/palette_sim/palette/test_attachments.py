"""The values that variables of a profile accept."""

import pytest

from palette_sim.palette.errors import Refused
from palette_sim.palette.seed import VariableSeed
from palette_sim.palette.world.attachments import require_variables, set_variables
from palette_sim.palette.world.records import AttachedProfile, Profile, ProfileVersion


def attached(**variable: object) -> AttachedProfile:
    profile = Profile("apps", "add-on", "all", "", {})
    seed = VariableSeed.model_validate({"name": "x", **variable})
    return AttachedProfile(ProfileVersion("uid", profile, "1.0.0", [], [seed], 0))


VALUES = {
    "a string is anything": ({}, "anything", "ok"),
    "a number": ({"format": "number"}, "1.5", "ok"),
    "a word is no number": ({"format": "number"}, "many", "VariableInvalid"),
    "a boolean": ({"format": "boolean"}, "true", "ok"),
    "yes is no boolean": ({"format": "boolean"}, "yes", "VariableInvalid"),
    "an address": ({"format": "ipv4"}, "10.0.0.1", "ok"),
    "a name is no address": ({"format": "ipv4"}, "example.com", "VariableInvalid"),
    "a network": ({"format": "ipv4cidr"}, "10.0.0.0/8", "ok"),
    "a long address": ({"format": "ipv6"}, "fe80::1", "ok"),
    "a version": ({"format": "version"}, "1.2.3-rc.1", "ok"),
    "a word is no version": ({"format": "version"}, "latest", "VariableInvalid"),
    "base64": ({"format": "base64"}, "aGVsbG8=", "ok"),
    "plain text is no base64": ({"format": "base64"}, "hello!", "VariableInvalid"),
    "what matches the pattern": ({"regex": "[a-z]+"}, "abc", "ok"),
    "what matches in part only": ({"regex": "[a-z]+"}, "abc1", "VariableInvalid"),
}


@pytest.mark.parametrize(("variable", "value", "want"), VALUES.values(), ids=VALUES)
def test_a_value_fits_its_variable(variable: dict[str, object], value: str, want: str) -> None:
    try:
        set_variables(attached(**variable), {"x": value})
        outcome = "ok"
    except Refused as refusal:
        outcome = refusal.code
        assert value not in refusal.message

    assert outcome == want


def test_an_immutable_variable_keeps_its_value_once_the_cluster_is_there() -> None:
    profile = attached(immutable=True)
    set_variables(profile, {"x": "first"})

    set_variables(profile, {"x": "first"}, fixed=True)
    with pytest.raises(Refused, match="VariableImmutable"):
        set_variables(profile, {"x": "second"}, fixed=True)

    assert profile.variables == {"x": "first"}


def test_a_default_satisfies_what_is_required() -> None:
    require_variables(attached(required=True, default="there"))
    with pytest.raises(Refused, match="VariableRequired"):
        require_variables(attached(required=True))
