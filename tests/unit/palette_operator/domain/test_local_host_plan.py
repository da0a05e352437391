"""When the settings of an air-gapped host are written, and what the status may say of them."""

from typing import Any

import pytest

from palette_operator.domain.identifiers import HostUid
from palette_operator.domain.local import HostConfiguration
from palette_operator.domain.local_host_plan import plan_local_host
from palette_operator.domain.resources import LocalConfiguration

UID = HostUid("edge-1")
PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----"
SEEN = HostConfiguration(http_proxy="http://a:3128", no_proxy="10.0.0.0/8, .shop.example", ca_certs=(PEM,))

PLANS: dict[str, tuple[dict[str, Any] | None, HostConfiguration | None, list[str]]] = {
    "nothing asked for is nothing written": (None, None, []),
    "what is left out is left alone": ({}, None, []),
    "what is there already is not written again": ({"httpProxy": "http://a:3128"}, None, []),
    "one field is changed and the others are sent as they are": (
        {"httpProxy": "http://b:3128"},
        HostConfiguration("http://b:3128", "", SEEN.no_proxy, SEEN.ca_certs),
        ["httpProxy"],
    ),
    "an empty proxy takes it away": (
        {"httpProxy": ""},
        HostConfiguration("", "", SEEN.no_proxy, SEEN.ca_certs),
        ["httpProxy"],
    ),
    "the order and spaces of noProxy mean nothing": ({"noProxy": ".shop.example,10.0.0.0/8"}, None, []),
    "an entry of noProxy does": (
        {"noProxy": "10.0.0.0/8"},
        HostConfiguration("http://a:3128", "", "10.0.0.0/8", SEEN.ca_certs),
        ["noProxy"],
    ),
    "line ends of a certificate mean nothing": ({"caCerts": [PEM.replace("\n", "\r\n") + "\n"]}, None, []),
    "an empty list takes certificates away": (
        {"caCerts": []},
        HostConfiguration("http://a:3128", "", SEEN.no_proxy, ()),
        ["caCerts"],
    ),
}


@pytest.mark.parametrize(("wanted", "sent", "paths"), PLANS.values(), ids=PLANS)
def test_plan(wanted: dict[str, Any] | None, sent: HostConfiguration | None, paths: list[str]) -> None:
    spec = None if wanted is None else LocalConfiguration.model_validate(wanted)

    actions = plan_local_host(UID, spec, SEEN)

    assert [action.configuration for action in actions] == ([] if sent is None else [sent])
    assert [each.path for action in actions for each in action.differences] == [
        f"/spec/local/configuration/{path}" for path in paths
    ]


def test_a_plan_that_was_carried_out_is_followed_by_none() -> None:
    wanted = LocalConfiguration.model_validate(
        {"httpProxy": "", "httpsProxy": "http://b:1", "noProxy": "a", "caCerts": []}
    )
    (action,) = plan_local_host(UID, wanted, SEEN)

    assert plan_local_host(UID, wanted, action.configuration) == ()


def test_an_ignored_field_is_left_as_it_is() -> None:
    wanted = LocalConfiguration.model_validate({"httpProxy": "http://b:1", "noProxy": "b"})

    (action,) = plan_local_host(UID, wanted, SEEN, ["/spec/local/configuration/noProxy"])

    assert action.configuration.no_proxy == SEEN.no_proxy
    assert plan_local_host(UID, wanted, SEEN, ["/spec/local"]) == ()


def test_the_login_of_somebody_elses_proxy_is_not_repeated() -> None:
    seen = HostConfiguration(http_proxy="http://me:planted@a:3128")

    (action,) = plan_local_host(UID, LocalConfiguration(http_proxy="http://b:1"), seen)

    assert "planted" not in f"{action} {action!r}"
