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


ACCEPTED = {
    "a string is anything": ({}, "anything"),
    "a number": ({"format": "number"}, "1.5"),
    "a boolean": ({"format": "boolean"}, "true"),
    "an address": ({"format": "ipv4"}, "10.0.0.1"),
    "a network": ({"format": "ipv4cidr"}, "10.0.0.0/8"),
    "a long address": ({"format": "ipv6"}, "fe80::1"),
    "a version": ({"format": "version"}, "1.2.3-rc.1"),
    "base64": ({"format": "base64"}, "aGVsbG8="),
    "what matches the pattern": ({"regex": "[a-z]+"}, "abc"),
}


@pytest.mark.parametrize(("variable", "value"), ACCEPTED.values(), ids=ACCEPTED)
def test_a_value_that_fits_is_kept(variable: dict[str, object], value: str) -> None:
    profile = attached(**variable)

    set_variables(profile, {"x": value})

    assert profile.variables == {"x": value}


REFUSED = {
    "a word is no number": ({"format": "number"}, "many"),
    "yes is no boolean": ({"format": "boolean"}, "yes"),
    "a name is no address": ({"format": "ipv4"}, "example.com"),
    "a word is no version": ({"format": "version"}, "latest"),
    "plain text is no base64": ({"format": "base64"}, "hello!"),
    "what matches the pattern in part only": ({"regex": "[a-z]+"}, "abc1"),
}


@pytest.mark.parametrize(("variable", "value"), REFUSED.values(), ids=REFUSED)
def test_a_value_that_does_not_fit_is_refused_and_not_repeated(variable: dict[str, object], value: str) -> None:
    with pytest.raises(Refused, match="VariableInvalid") as refused:
        set_variables(attached(**variable), {"x": value})

    assert value not in refused.value.message


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
