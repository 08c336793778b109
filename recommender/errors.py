"""Errors of the recommender.

RecommenderError
├── ArtifactError        a model folder is incomplete, changed, or of an unknown format
├── RulesError           business rules are not of their form
└── QueryError           a question that cannot be answered as asked
    ├── CutOffError      ``k`` is not a whole number within the bounds
    ├── ModeError        the model has no such mode
    ├── CategoryError    the catalogue has no such category
    └── UnknownProductError  the catalogue has no such product
"""


class RecommenderError(Exception):
    """Root of everything this package raises on purpose."""


class ArtifactError(RecommenderError):
    """A model folder is incomplete, changed, or of an unknown format."""


class RulesError(RecommenderError):
    """Business rules are not of their form."""


class QueryError(RecommenderError):
    """A question that cannot be answered as asked; its message says what is allowed."""


class CutOffError(QueryError):
    """``k`` is not a whole number within the bounds."""


class ModeError(QueryError):
    """The model has no such mode."""


class CategoryError(QueryError):
    """The catalogue has no such category."""


class UnknownProductError(QueryError):
    """The catalogue has no such product."""
