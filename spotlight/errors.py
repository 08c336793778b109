"""What goes wrong here, as one tree.

::

    SpotlightError
    ├── InputError (ValueError)     an argument or a data set that cannot be worked with
    ├── NotFittedError (ValueError) a model asked for predictions before it was fitted
    └── DivergedError (ValueError)  a training loss that is not finite, or zero for an epoch

All three are also ``ValueError``, so a program that catches that keeps working.
"""


class SpotlightError(Exception):
    """Root of every error raised on purpose by this package."""


class InputError(SpotlightError, ValueError):
    """An argument or a data set that cannot be worked with."""


class NotFittedError(SpotlightError, ValueError):
    """A model was asked for predictions before it was fitted."""


class DivergedError(SpotlightError, ValueError):
    """A training loss was not finite, or zero for a whole epoch."""
