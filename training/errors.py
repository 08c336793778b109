"""Every error that training raises on purpose.

::

    TrainingError
    |-- ConfigError        a configuration that is not allowed
    |-- DataError          data that cannot be used
    |   |-- SourceError    a file, pattern, URL or named set that cannot be read
    |   |-- ColumnError    a column that is missing or holds a value of the wrong type
    |   |-- CatalogueError a catalogue that contradicts itself
    |   `-- EmptyError     nothing, or too little, is left to learn from
    |-- SplitError         a split that leaves train or test empty
    |-- FitError           an estimator whose loss does not stay finite
    |-- StudyError         a study that cannot be opened or gone on with, or found nothing
    `-- PreparedError      a prepared folder that is missing, changed or not ours
"""

from __future__ import annotations


class TrainingError(Exception):
    """Root of all errors of this package; the message is one line fit for a terminal."""


class ConfigError(TrainingError):
    """A configuration that is not allowed; names the file, the key and the remedy."""


class DataError(TrainingError):
    """Data that cannot be used; names the file and, where there is one, column and row."""


class SourceError(DataError):
    """A file, pattern, URL or named set that does not exist or cannot be read."""


class ColumnError(DataError):
    """A column that is missing, or a value in it that is not of the column's type."""


class CatalogueError(DataError):
    """A catalogue that contradicts itself, such as one id described twice."""


class EmptyError(DataError):
    """Nothing, or too little, is left to learn from."""


class SplitError(TrainingError):
    """A split that leaves train or test without a single pair."""


class FitError(TrainingError):
    """An estimator whose loss does not stay finite; names epoch, step and learning rate."""


class StudyError(TrainingError):
    """A study that cannot be opened, is of something else, or all of whose trials failed."""


class PreparedError(TrainingError):
    """A prepared folder that is missing, changed, of another format, or not ours to replace."""
