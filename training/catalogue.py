"""The catalogue: what is known of each product, and the level at which products are recommended.

A frame of the catalogue has the product ids (str, unique) as its index and the columns that the
configuration names (str, NaN where nothing is known).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from training import checks, tables
from training.errors import CatalogueError, ColumnError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from training.config import CatalogueConfig, Config
    from training.filters import Dropped
    from training.sources import SourceFile


def read(files: Sequence[SourceFile], config: Config, catalogue: CatalogueConfig) -> pd.DataFrame:
    """Read the source of ``[catalogue]``; rows without a product id are left out.

    Raises
    ------
    DataError
        If a file cannot be read, lacks a column, or a product is described twice.
    """
    wanted = [*catalogue.name, *catalogue.attributes]
    wanted += [catalogue.category] if catalogue.category else []
    wanted += [] if config.is_product_level else [config.level]
    columns = list(dict.fromkeys(wanted))
    return _without_duplicates([_read(file, catalogue.product, columns) for file in files])


def _read(file: SourceFile, product: str, columns: Sequence[str]) -> pd.DataFrame:
    try:
        table = tables.read(file, list(dict.fromkeys([product, *columns])))
    except ColumnError as error:
        raise ColumnError(
            f"{error}; level, catalogue.product, name, category and attributes are such columns"
        ) from None
    rows = range(table.first_row, table.first_row + table.data.num_rows)
    index = pd.MultiIndex.from_arrays(
        [checks.texts(table, product), [table.name] * len(rows), rows],
        names=["product_id", "file", "row"],
    )
    return pd.DataFrame({c: checks.texts(table, c).array for c in columns}, index=index)


def _without_duplicates(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    catalogue = pd.concat(frames)
    ids = catalogue.index.get_level_values("product_id")
    catalogue, ids = catalogue[ids.notna()], ids[ids.notna()]
    repeated = ids.duplicated()
    if repeated.any():
        product_id, file, row = catalogue.index[int(repeated.argmax())]
        _, first_file, first_row = catalogue.index[int((ids == product_id).argmax())]
        raise CatalogueError(
            f"{file}: row {row} describes product {product_id!r} again, after row {first_row} of "
            f"{first_file}; keep one of them ({repeated.sum():,} such rows)"
        )
    return catalogue.set_axis(ids, axis=0)


def at_level(
    purchases: pd.DataFrame, catalogue: pd.DataFrame, level: str
) -> tuple[pd.DataFrame, Dropped]:
    """Put the level's value in place of each purchase's ``product_id``, kept as ``detail_id``.

    Returns
    -------
    DataFrame
        Without the purchases whose product has no value for the level.
    dict of str to int
        How many purchases that dropped, by reason.
    """
    codes, ids = pd.factorize(purchases["product_id"])
    values = catalogue[level].reindex(ids)
    unlisted = (~values.index.isin(catalogue.index))[codes]
    unknown = values.isna().to_numpy()[codes]
    dropped = {
        "product not in the catalogue": int(unlisted.sum()),
        f"product without {level} in the catalogue": int((unknown & ~unlisted).sum()),
    }
    moved = purchases.assign(detail_id=purchases["product_id"], product_id=values.array.take(codes))
    return moved[~unknown], {reason: n for reason, n in dropped.items() if n}


def products(
    product_ids: pd.Index[str], catalogue: pd.DataFrame | None, config: Config
) -> pd.DataFrame:
    """Describe what is recommended.

    Parameters
    ----------
    product_ids : Index of str
        Ids at the configured level, in the order of ``product_index``.

    Returns
    -------
    DataFrame
        product_id, name, category (str, "" where unknown) and the attributes (str or NaN).
        Above the product level, category and attributes are the most frequent among the
        catalogue's products.
    """
    about = pd.DataFrame({"product_id": product_ids, "name": product_ids, "category": ""})
    settings = config.catalogue
    if catalogue is None or settings is None:
        return about
    if config.is_product_level:
        known = catalogue.reindex(product_ids)
        about["name"] = _joined(known[list(settings.name)]).fillna(about["name"])
    else:
        known = _most_frequent(catalogue, config.level).reindex(product_ids)
        about["name"] = readable(about["name"])
    known = known.reset_index(drop=True)
    if settings.category:
        about["category"] = known[settings.category].fillna("")
    return about.assign(**{column: known[column] for column in settings.attributes})


def details(detail_ids: pd.Index[str], catalogue: pd.DataFrame, config: Config) -> pd.DataFrame:
    """Describe the single products below what is recommended.

    Returns
    -------
    DataFrame
        product_id, category and the attributes (str or NaN), in the order of `detail_ids`.
    """
    settings = config.catalogue
    about = pd.DataFrame({"product_id": detail_ids})
    if settings is None:
        return about
    known = catalogue.reindex(detail_ids).reset_index(drop=True)
    if settings.category:
        about["category"] = known[settings.category]
    return about.assign(**{column: known[column] for column in settings.attributes})


def _most_frequent(catalogue: pd.DataFrame, level: str) -> pd.DataFrame:
    """Per value of the level, each column's most frequent value; of equals the first by name."""
    columns = {}
    for column in catalogue:
        both = pd.DataFrame({"level": catalogue[level], "value": catalogue[column]})
        counts = both.value_counts().reset_index()
        counts = counts.sort_values(["count", "value"], ascending=[False, True])
        columns[column] = counts.drop_duplicates("level").set_index("level")["value"]
    return pd.DataFrame(columns)


def _joined(parts: pd.DataFrame) -> pd.Series[str]:
    """Join what is known of each row with commas; NaN where nothing is."""
    joined = pd.Series("", index=range(len(parts)), dtype="str")
    for column in parts:
        part = readable(parts[column].reset_index(drop=True))
        comma = pd.Series(", ", index=part.index).where(part.notna() & (joined != ""), "")
        joined = joined + comma + part.fillna("")
    return joined.where(joined != "")


def readable(texts: pd.Series[str]) -> pd.Series[str]:
    """Write texts that are all capitals as a sentence is written, and single spaces."""
    spaced = texts.str.replace(r"\s+", " ", regex=True).str.strip()
    return spaced.where(~spaced.str.isupper().fillna(False).astype(bool), spaced.str.capitalize())
