"""A prepared data set: one folder of Parquet tables and what they were made from.

``customers.parquet``
    customer_id, sorted; the row is the customer_index.
``products.parquet``
    product_id, sorted, name, category ("" where unknown) and the catalogue's attributes; the
    row is the product_index.
``pairs.parquet``
    One row per (part, customer_index, product_index), sorted: part (int8; 0 train, 1 validation,
    2 test), baskets (int32, how many held the product), quantity, revenue (float64), first_time,
    last_time (microseconds). What the source has no column for is absent.
``baskets.parquet``
    One row per (customer_index, basket, product_index), sorted: basket counts the customer's
    baskets from 0 in order of time; time, quantity, revenue where the source has them; part.
``details.parquet``, ``detail_products.parquet``
    Only above the product level: the baskets in single products (customer_index, basket,
    detail_index, part and, where the source has it, time), and what the catalogue knows of these:
    product_id, category and the attributes; the row is the detail_index.
``prepared.json``
    Format version, digest, inputs, the configuration's data half, the files' sizes and hashes,
    and counts.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from scipy import sparse

from recommender.manifest import FileEntry
from training import summary
from training.dataset import Dataset, Details, Events
from training.errors import PreparedError
from training.split import PARTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import pandas as pd

FORMAT_VERSION = 2
DESCRIPTION = "prepared.json"
TABLES = ("customers", "products", "pairs", "baskets")
DETAILS = ("details", "detail_products")


@dataclass(frozen=True, eq=False)
class Prepared:
    """A prepared data set, read from its folder.

    Attributes
    ----------
    folder : Path
    digest : str
        "sha256:" and 64 hexadecimal digits over tables and counts: the data's identity.
    inputs : str
        The same over the source files' content and the configuration's data half.
    config : dict
        The configuration's data half, as plain values.
    counts : dict
        rows (read, kept, dropped by reason), customers, products, baskets, pairs by part,
        period.
    customer_ids : list of str
        Position is customer_index.
    products : DataFrame
        Position is product_index; columns as in ``products.parquet``.
    pairs : DataFrame
        Columns as in ``pairs.parquet``.
    """

    folder: Path
    digest: str
    inputs: str
    config: dict[str, Any]
    counts: dict[str, Any]
    customer_ids: list[str]
    products: pd.DataFrame
    pairs: pd.DataFrame

    @classmethod
    def load(cls, folder: Path) -> Prepared:
        """Read and verify a prepared folder.

        Raises
        ------
        PreparedError
            If it is missing, incomplete, changed since it was written, or of another format.
        """
        about = _description(folder)
        for name, entry in about["files"].items():
            _verify(folder / name, entry)
        if about["digest"] != digest_of(about["files"], about["counts"]):
            raise PreparedError(f"{folder / DESCRIPTION} was changed; {_AGAIN}")
        return cls(
            folder=folder,
            digest=about["digest"],
            inputs=about["inputs"],
            config=about["config"],
            counts=about["counts"],
            customer_ids=_read(folder, "customers")["customer_id"].tolist(),
            products=_read(folder, "products"),
            pairs=_read(folder, "pairs"),
        )

    @property
    def n_customers(self) -> int:
        """How many customers there are in all parts together."""
        return len(self.customer_ids)

    @property
    def n_products(self) -> int:
        """How many products there are in all parts together."""
        return len(self.products)

    def baskets(self) -> pd.DataFrame:
        """Read the baskets in order; columns as in ``baskets.parquet``."""
        return _read(self.folder, "baskets")

    def summary(self) -> dict[str, Any]:
        """Give the counts and the digest as plain values."""
        return {"prepared": str(self.folder), "digest": self.digest, **self.counts}

    def summary_text(self) -> str:
        """Give the summary as lines to read."""
        return summary.text_of(self.summary())

    def matrix(
        self, *parts: str, values: Literal["baskets", "ones"] = "baskets"
    ) -> sparse.csr_matrix[np.float32]:
        """Give the pairs of some parts as a matrix.

        Parameters
        ----------
        *parts : {"train", "validation", "test"}
            One or more; what is in several is summed.
        values : {"baskets", "ones"}
            The number of baskets that held the product, or 1 for any number.

        Returns
        -------
        csr_matrix of float32 (n_customers, n_products)
            Indices sorted, no duplicates, no explicit zeros.

        Raises
        ------
        ValueError
            If a part is unknown, or none is named.
        """
        wanted = _of_parts(self.pairs, parts)
        where = (wanted["customer_index"].to_numpy(), wanted["product_index"].to_numpy())
        counts = wanted["baskets"].to_numpy(np.float32)
        matrix = sparse.csr_matrix((counts, where), shape=(self.n_customers, self.n_products))
        if values == "ones":
            matrix.data[:] = 1
        return matrix

    def until(self, *parts: str) -> str | None:
        """Give the day of the last purchase of some parts, as 2026-11-24; None without times."""
        wanted = _of_parts(self.pairs, parts)
        if wanted.empty or "last_time" not in wanted:
            return None
        return cast(str, wanted["last_time"].max().date().isoformat())

    def dataset(self, *parts: str) -> Dataset:
        """Give what some parts say to estimators; days count back from their last purchase.

        Raises
        ------
        ValueError
            If a part is unknown, or none is named.
        """
        if parts not in self._datasets:
            self._datasets[parts] = self._read_dataset(parts)
        return self._datasets[parts]

    @cached_property
    def _datasets(self) -> dict[tuple[str, ...], Dataset]:
        return {}

    def _read_dataset(self, parts: tuple[str, ...]) -> Dataset:
        baskets = _of_parts(self.baskets(), parts)
        end = baskets["time"].max() if "time" in baskets else None
        return Dataset(
            counts=self.matrix(*parts),
            about=self.products.drop(columns=["product_id", "name"]),
            events=_events(baskets, "product_index", end),
            details=self._details(parts, end),
        )

    def _details(self, parts: Sequence[str], end: pd.Timestamp | None) -> Details | None:
        if not (self.folder / f"{DETAILS[0]}.parquet").exists():
            return None
        baskets = _of_parts(_read(self.folder, DETAILS[0]), parts)
        about = _read(self.folder, DETAILS[1])
        where = (baskets["customer_index"].to_numpy(), baskets["detail_index"].to_numpy())
        ones = np.ones(len(baskets), np.float32)
        counts = sparse.csr_matrix((ones, where), shape=(self.n_customers, len(about)))
        return Details(counts, about, _events(baskets, "detail_index", end))


def _of_parts(rows: pd.DataFrame, parts: Sequence[str]) -> pd.DataFrame:
    if not parts or not set(parts) <= set(PARTS):
        raise ValueError(f"parts {parts} are not allowed; name some of {PARTS}")
    return rows[rows["part"].isin([PARTS.index(part) for part in parts])]


def _events(baskets: pd.DataFrame, product: str, end: pd.Timestamp | None) -> Events | None:
    if end is None:
        return None
    days = (end - baskets["time"]).dt.total_seconds() / 86400
    customers, products = (baskets[c].to_numpy(np.int32) for c in ("customer_index", product))
    return Events(customers, products, days.to_numpy(np.float32))


def write(folder: Path, tables: Mapping[str, pd.DataFrame], about: Mapping[str, Any]) -> None:
    """Write the tables and their description into an empty folder.

    Parameters
    ----------
    folder : Path
        Exists and is empty.
    tables : mapping of str to DataFrame
        All of `TABLES`, and perhaps `DETAILS`.
    about : mapping
        inputs, config and counts, as plain values.
    """
    for name in tables:
        # Without the metadata that names library versions: the same data, the same bytes.
        table = pa.Table.from_pandas(tables[name], preserve_index=False)
        pq.write_table(
            table.replace_schema_metadata(), folder / f"{name}.parquet", compression="zstd"
        )
    files = {f"{name}.parquet": asdict(FileEntry.of(folder / f"{name}.parquet")) for name in tables}
    digest = digest_of(files, about["counts"])
    description = {"format_version": FORMAT_VERSION, "digest": digest, "files": files, **about}
    text = json.dumps(description, indent=1, ensure_ascii=False)
    (folder / DESCRIPTION).write_text(text + "\n", encoding="utf-8")


def digest_of(*content: object) -> str:
    """Hash plain values, independent of the order of keys."""
    text = json.dumps([FORMAT_VERSION, *content], sort_keys=True)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


_AGAIN = "prepare it again"


def _description(folder: Path) -> dict[str, Any]:
    path = folder / DESCRIPTION
    try:
        about = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise PreparedError(f"{folder} is no prepared folder: it has no {DESCRIPTION}") from None
    except (OSError, ValueError) as error:
        raise PreparedError(f"{path} cannot be read ({error}); {_AGAIN}") from error
    version = about.get("format_version") if isinstance(about, dict) else None
    if version != FORMAT_VERSION:
        raise PreparedError(f"{path} has format {version}, not {FORMAT_VERSION}; {_AGAIN}")
    missing = {"digest", "files", "inputs", "config", "counts"} - about.keys()
    if missing:
        raise PreparedError(f"{path} lacks {', '.join(sorted(missing))}; {_AGAIN}")
    return cast(dict[str, Any], about)


def _verify(path: Path, entry: Mapping[str, Any]) -> None:
    if not path.is_file():
        raise PreparedError(f"{path} is missing; {_AGAIN}")
    if asdict(FileEntry.of(path)) != entry:
        raise PreparedError(f"{path} was changed since it was prepared; {_AGAIN}")


def _read(folder: Path, name: str) -> pd.DataFrame:
    return cast("pd.DataFrame", pq.read_table(folder / f"{name}.parquet").to_pandas())
