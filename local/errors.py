"""What can go wrong on this machine.

- LocalError
    - MissingProgramError: a program that must be started is not installed
    - PortTakenError: the wished port belongs to somebody else
    - StartError: a child process ended, or was not ready in time
    - BuildError: a program could not be built
    - CommandError: a command failed
    - WorkplaceError: the work folder cannot be made, or is another process's
    - NothingToServeError: there is no model yet
"""


class LocalError(Exception):
    """Root of this package's errors; the message is one line for a person."""


class MissingProgramError(LocalError):
    """A program that must be started is not installed."""


class PortTakenError(LocalError):
    """The wished port belongs to somebody else."""


class StartError(LocalError):
    """A child process ended, or was not ready in time."""


class BuildError(LocalError):
    """A program could not be built."""


class CommandError(LocalError):
    """A command failed; it has said why."""


class WorkplaceError(LocalError):
    """The work folder cannot be made, or is another process's."""


class NothingToServeError(LocalError):
    """There is no model yet."""
