"""What can go wrong between the checkout and a running container.

::

    DeployError
    ├── EngineError      no container engine works on this machine
    ├── BaseImageError   the base image is not here, cannot be pulled, cannot be made
    ├── BuildError       ``bentoml build`` or ``bentoml containerize`` failed
    └── RunError         the container did not start, or did not become ready
"""


class DeployError(Exception):
    """Root of the errors of this package."""


class EngineError(DeployError):
    """No container engine works on this machine; the message says why, one engine a line."""


class BaseImageError(DeployError):
    """The base image is neither present, nor to be pulled, nor to be made here."""


class BuildError(DeployError):
    """A step of the build failed; the message ends with the step's own last words."""


class RunError(DeployError):
    """A container could not be started, or ended before it was ready."""
