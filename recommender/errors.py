"""Errors of the recommender.

RecommenderError
├── ArtifactError        a model folder is incomplete, changed, or of an unknown format
└── QueryError           a question that cannot be answered as asked
    ├── CutOffError      ``k`` is not a whole number within the bounds
    ├── ModeError        the model has no such mode
    └── CategoryError    the catalogue has no such category
"""


class RecommenderError(Exception):
    """Root of everything this package raises on purpose."""


class ArtifactError(RecommenderError):
    """A model folder is incomplete, changed, or of an unknown format."""


class QueryError(RecommenderError):
    """A question that cannot be answered as asked; its message says what is allowed."""


class CutOffError(QueryError):
    """``k`` is not a whole number within the bounds."""


class ModeError(QueryError):
    """The model has no such mode."""


class CategoryError(QueryError):
    """The catalogue has no such category."""
