"""`/v1/edge-mgmt/edgehosts/current`, its actions and its configuration, and `/v1/edge-mgmt/settings`."""

from functools import partial

from palette_sim.edge.bodies.hosts import Configurations
from palette_sim.edge.call import Call, Endpoint, Reply, accepted, written
from palette_sim.edge.seed import Generation
from palette_sim.edge.views.hosts import host_info
from palette_sim.edge.world import power
from palette_sim.edge.world.records import Host

_CURRENT = "/v1/edge-mgmt/edgehosts/current"


def show_host(call: Call) -> Reply:
    """v1EdgeHostInfo."""
    return Reply(200, host_info(call.host))


def show_settings(call: Call) -> Reply:
    """v1Settings."""
    management = "central" if call.host.is_connected else "local"
    seed = call.host.seed
    return Reply(
        200,
        {
            "installationMode": seed.mode.value,
            "managementMode": management,
            "featureFlags": {**seed.feature_flags},
        },
    )


def show_configuration(call: Call) -> Reply:
    """v1EdgeHostConfigurations."""
    return Reply(200, written(call.host.configuration))


def configure(call: Call) -> Reply:
    """Take all of v1EdgeHostConfigurations over; it is applied after a while."""
    host = call.host
    wanted = host.configuration = call.body(Configurations)
    host.configuration_state, host.modified_s = "In Progress", call.now_s
    call.world.later(call.world.config.durations.configuring_s, partial(_configured, host, wanted))
    return accepted("Updating Edge Host configurations.", 200)


def show_configuration_status(call: Call) -> Reply:
    """v1EdgeHostConfigurationStatus."""
    failed = call.host.configuration_state == "Failed"
    message = "The configuration could not be applied." if failed else ""
    return Reply(200, {"state": call.host.configuration_state, "errorMessage": message})


def reboot(call: Call) -> Reply:
    """Reboot the host."""
    power.reboot(call.world, call.host, call.now_s)
    return accepted("The edge host is rebooting.")


def reset(call: Call) -> Reply:
    """Take the host back to how it was delivered."""
    power.reset(call.world, call.host)
    return accepted("The edge host is being reset.")


def shut_down(call: Call) -> Reply:
    """Switch the host off."""
    power.shut_down(call.world, call.host)
    return accepted("The edge host is shutting down.")


def _configured(host: Host, wanted: Configurations, _: float) -> None:
    if host.configuration is wanted and host.configuration_state == "In Progress":
        host.configuration_state = "Configured"


ENDPOINTS: dict[tuple[str, str], Endpoint] = {
    ("GET", _CURRENT): show_host,
    ("GET", "/v1/edge-mgmt/settings"): show_settings,
    ("GET", f"{_CURRENT}/configurations"): show_configuration,
    ("PUT", f"{_CURRENT}/configurations"): configure,
    ("GET", f"{_CURRENT}/configurations/status"): show_configuration_status,
    ("POST", f"{_CURRENT}/actions/reboot"): reboot,
    ("POST", f"{_CURRENT}/actions/reset"): reset,
    ("POST", f"{_CURRENT}/actions/shutdown"): shut_down,
}
ONLY = {("GET", "/v1/edge-mgmt/settings"): Generation.NEW}
"""What one generation alone has."""
