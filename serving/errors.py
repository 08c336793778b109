"""Errors of serving.

ServingError
├── SettingsError   a variable of the environment is missing or holds what is not allowed
├── DeviceError     the device that was asked for is not there
├── RequestError    a request is not of the form that the API takes
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


class NotReadyError(ServingError):
    """No model is in service yet; its message says why."""
