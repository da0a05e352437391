"""What can go wrong between "there should be a control plane" and "it answers".

ControlPlaneError
├── NotThisWay       one way of providing the binaries does not work here; try the next
├── NoControlPlane   none does; a person must provide them
├── PortTaken        another process was faster; start again on other ports
└── NotReady         a process died, or did not answer in time; its log says why
"""


class ControlPlaneError(Exception):
    """A control plane could not be provided or started; the message is one line for people."""


class NotThisWay(ControlPlaneError):
    """One way of providing the binaries does not work here; the message says why."""


class NoControlPlane(ControlPlaneError):
    """No way of providing the binaries works here; the message names each and its reason."""


class PortTaken(ControlPlaneError):
    """Another process took the port between its choice and its use."""


class NotReady(ControlPlaneError):
    """A process ended, or did not become ready in time; the message carries the last lines of its log."""
