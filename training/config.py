"""What can be configured for one data set and its model."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from training.setting import (
    FRACTION,
    FREE_TABLE,
    LIST,
    NAME,
    TEXT,
    TEXTS,
    one_of,
    section,
    setting,
    whole,
)

PRODUCT = "product"
"""The `level` at which the products themselves are recommended."""

AUTO = "auto"
"""The `estimator` of a model that nobody has chosen."""


@dataclass(frozen=True, kw_only=True)
class DataConfig:
    """Section ``[data]``: the transactions, and which of their columns means what.

    Attributes
    ----------
    source : tuple of str
        Files, patterns with ``*``, ``s3://`` URLs, or the name of a demo set.
    customer, product : str
        The columns of the ids.
    time, basket, quantity, revenue : str or None
        Columns that a source may lack. Without `basket`, what a customer buys at one time is
        one basket; without `time` as well, every row is a basket of its own.
    time_format : str or None
        The pattern of `time` as in ``strptime``, if it is neither ISO 8601 nor a number of
        seconds (or milliseconds) since 1970.
    """

    source: tuple[str, ...] = setting(TEXTS)
    customer: str = setting(TEXT, "customer")
    product: str = setting(TEXT, "product")
    time: str | None = setting(TEXT, None)
    basket: str | None = setting(TEXT, None)
    quantity: str | None = setting(TEXT, None)
    revenue: str | None = setting(TEXT, None)
    time_format: str | None = setting(TEXT, None)

    @property
    def columns(self) -> dict[str, str]:
        """The source's column for each meaning that it has."""
        named = {
            "customer_id": self.customer,
            "product_id": self.product,
            "time": self.time,
            "basket_id": self.basket,
            "quantity": self.quantity,
            "revenue": self.revenue,
        }
        return {meaning: column for meaning, column in named.items() if column is not None}


@dataclass(frozen=True, kw_only=True)
class CatalogueConfig:
    """Section ``[catalogue]``: what is known of the products.

    Attributes
    ----------
    source : tuple of str
        As in ``[data]``.
    product : str
        The column of the product's id.
    name : tuple of str
        The columns whose texts make a product's name, in this order.
    category : str or None
        The column of the category by which answers can be filtered.
    attributes : tuple of str
        Further columns to keep beside each product.
    """

    source: tuple[str, ...] = setting(TEXTS)
    product: str = setting(TEXT, "product")
    name: tuple[str, ...] = setting(TEXTS, ())
    category: str | None = setting(TEXT, None)
    attributes: tuple[str, ...] = setting(LIST, ())


@dataclass(frozen=True, kw_only=True)
class FractionSplit:
    """Section ``[split]``, kind "random" or "time": parts are fractions of the data.

    Attributes
    ----------
    kind : {"random", "time"}
        Distinct (customer, product) pairs at random, or the last part of the period.
    test : float
        The fraction for test, in [0, 1).
    validation : float
        The fraction, in [0, 1), of what test leaves.
    seed : int
        The seed of the random choice.
    """

    kind: str = setting(one_of("random", "time", "files"), "random")
    test: float = setting(FRACTION, 0.10)
    validation: float = setting(FRACTION, 0.10)
    seed: int = setting(whole(0), 0)


@dataclass(frozen=True, kw_only=True)
class FilesSplit:
    """Section ``[split]``, kind "files": somebody else's train and test.

    Attributes
    ----------
    kind : {"files"}
    train, test : tuple of str
        Sources as in ``[data]`` with the columns customer, product and, perhaps, time.
    validation : float
        The fraction, in [0, 1), of the distinct pairs in `train`, chosen at random.
    seed : int
        The seed of the random choice.
    """

    kind: str = setting(one_of("files"))
    train: tuple[str, ...] = setting(TEXTS)
    test: tuple[str, ...] = setting(TEXTS)
    validation: float = setting(FRACTION, 0.10)
    seed: int = setting(whole(0), 0)


@dataclass(frozen=True, kw_only=True)
class ModelConfig:
    """Section ``[model]``: the estimator's name, and its parameters, which it checks itself.

    Attributes
    ----------
    estimator : str
        "auto" leaves the choice to ``run``, which tunes a blend on validation.
    parameters : dict
        What is left out has the estimator's defaults.
    """

    estimator: str = setting(TEXT, AUTO)
    parameters: dict[str, Any] = field(default_factory=dict, metadata={"kind": FREE_TABLE})

    @property
    def is_auto(self) -> bool:
        """Whether the choice is left to ``run``."""
        return self.estimator == AUTO


@dataclass(frozen=True, kw_only=True)
class Config:
    """A resolved configuration; read one with `training.config_file.load`.

    Attributes
    ----------
    name : str
        The model's name in the registry.
    level : str
        "product", or the catalogue column whose values are recommended.
    min_customers : int
        Products with fewer distinct customers are left out.
    split, model, data, catalogue
        The sections. `data` is None exactly when the split is of kind "files".
    tuned : dict
        How the parameters were found, where `training.tuning` has found them.
    folder : Path
        Where relative paths are looked for first: the folder of the TOML file.
    """

    name: str = setting(NAME)
    level: str = setting(TEXT, PRODUCT)
    min_customers: int = setting(whole(1), 1)
    split: FractionSplit | FilesSplit = field(
        metadata=section(
            lambda table: FilesSplit if table.get("kind") == "files" else FractionSplit
        )
    )
    model: ModelConfig = field(default_factory=ModelConfig, metadata=section(lambda _: ModelConfig))
    data: DataConfig | None = field(default=None, metadata=section(lambda _: DataConfig))
    catalogue: CatalogueConfig | None = field(
        default=None, metadata=section(lambda _: CatalogueConfig)
    )
    tuned: dict[str, Any] = field(default_factory=dict, metadata={"kind": FREE_TABLE})
    folder: Path = Path()

    @property
    def is_product_level(self) -> bool:
        """Whether the products themselves are recommended."""
        own = {each.product for each in (self.data, self.catalogue) if each is not None}
        return self.level in own | {PRODUCT}

    def as_dict(self) -> dict[str, Any]:
        """Give the configuration as plain TOML and JSON values, always in the same order."""
        plain = asdict(self)
        del plain["folder"]
        return plain

    def data_dict(self) -> dict[str, Any]:
        """Give what decides the prepared data: all but the name, the model and its tuning."""
        plain = self.as_dict()
        del plain["name"], plain["model"], plain["tuned"]
        return plain
