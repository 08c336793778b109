"""Errors of serving.

ServingError
├── SettingsError   a variable of the environment is missing or holds what is not allowed
├── DeviceError     the device that was asked for is not there
├── RequestError    a request is not of the form that the API takes
├── TooSlowError    a request did not arrive in time
├── NoKeyError      a request has no key, or one that is not known
├── ScopeError      a request's key does not allow it
├── OverloadedError as much as may wait is waiting already
├── ClientGoneError the client left before its request had arrived
└── NotReadyError   no model is in service yet
"""


class ServingError(Exception):
    """Root of everything this package raises on purpose."""


class SettingsError(ServingError):
    """A variable of the environment is missing or holds what is not allowed."""


class DeviceError(ServingError):
    """The device that was asked for is not there."""


class RequestError(ServingError):
    """A request is not of the form that the API takes; its message says what is allowed."""


class TooSlowError(ServingError):
    """A request did not arrive in time."""


class NoKeyError(ServingError):
    """A request has no key, or one that is not known."""


class ScopeError(ServingError):
    """A request's key does not allow it."""


class OverloadedError(ServingError):
    """As much as may wait is waiting already."""


class ClientGoneError(ServingError):
    """The client left before its request had arrived: nobody is there to be told."""


class NotReadyError(ServingError):
    """No model is in service yet; its message says why."""
