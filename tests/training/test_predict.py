import numpy as np
import pyarrow.parquet as pq
import pytest

from recommender.catalogue import Catalogue
from recommender.errors import CutOffError, ModeError
from recommender.history import History
from recommender.model import Model
from recommender.query import Query
from recommender.recommend import recommend
from recommender.scorers import Factors, ItemItem, ItemItemTop, Popularity, Repeat
from recommender.vocabulary import Vocabulary
from training import predict as predict_module
from training.errors import DataError, SourceError
from training.predict import predict, read_ids


def test_the_file_says_what_the_service_would(model, tmp_path):
    n_rows = predict(model, tmp_path / "recs.parquet", k=3, progress=False)
    table = pq.read_table(tmp_path / "recs.parquet").to_pylist()
    expected = [
        {
            "customer_id": answer.customer_id,
            "product_id": item.product_id,
            "rank": item.rank,
            "score": pytest.approx(item.score, rel=1e-5),
        }
        for answer in recommend(model, [Query(customer, k=3) for customer in model.customers])
        for item in answer.items
    ]
    assert table == expected
    assert n_rows == len(expected) == 3 * len(model.customers)


def test_types_are_fixed(model, tmp_path):
    predict(model, tmp_path / "recs.parquet", k=1, progress=False)
    schema = pq.read_schema(tmp_path / "recs.parquet")
    assert [str(field.type) for field in schema] == ["string", "string", "int32", "float"]


def test_some_customers_in_the_order_asked(model, tmp_path):
    chosen = ["c05", "c02"]
    predict(model, tmp_path / "recs.parquet", k=1, customer_ids=chosen, progress=False)
    assert pq.read_table(tmp_path / "recs.parquet")["customer_id"].to_pylist() == chosen


def test_an_unknown_customer_is_named_and_nothing_is_written(model, tmp_path):
    with pytest.raises(DataError, match="'nobody' is not among the 24"):
        predict(model, tmp_path / "recs.parquet", k=1, customer_ids=["c01", "nobody"])
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("question", "error"),
    [({"k": 0}, CutOffError), ({"k": 501}, CutOffError), ({"k": 1, "mode": "rebuy"}, ModeError)],
)
def test_a_question_that_cannot_be_answered_is_refused(model, tmp_path, question, error):
    with pytest.raises(error):
        predict(model, tmp_path / "recs.parquet", **question)


def test_ids_are_read_one_a_line(tmp_path):
    (tmp_path / "ids").write_text("c1\n\n c2 \n")
    assert read_ids(tmp_path / "ids") == ["c1", "c2"]
    with pytest.raises(SourceError, match="gone cannot be read"):
        read_ids(tmp_path / "gone")


def test_a_batch_is_a_row_group_and_changes_nothing(model, tmp_path, monkeypatch):
    predict(model, tmp_path / "one.parquet", k=5, progress=False)
    monkeypatch.setattr(predict_module, "_SCORES", 7 * len(model.catalogue))
    predict(model, tmp_path / "many.parquet", k=5, progress=False)
    one, many = (pq.ParquetFile(tmp_path / f"{name}.parquet") for name in ("one", "many"))
    sizes = [many.metadata.row_group(row).num_rows for row in range(many.num_row_groups)]
    assert one.num_row_groups == 1
    assert sizes == [5 * 7, 5 * 7, 5 * 7, 5 * 3]  # 24 customers
    one, many = one.read(), many.read()
    assert many.drop(["score"]).equals(one.drop(["score"]))
    np.testing.assert_allclose(many["score"], one["score"], rtol=1e-5)  # sums of another order


@pytest.mark.parametrize(
    ("n_products", "k", "batch_size"),
    [
        (2**14, 50, 2**10),  # 2**24 scores
        (2**30, 50, 1),
        (4, 500, 2**18),  # four rows each, 2**20 in all
        (2**10, 2**8, 2**12),
    ],
)
def test_a_batch_is_bounded_by_its_scores_and_its_rows(n_products, k, batch_size):
    assert predict_module._batch_size(n_products, k) == batch_size


N_CUSTOMERS, N_PRODUCTS, EMBEDDING_DIM = 40, 300, 8


def model_of_all_kinds(device):
    """Scores are whole numbers below 2**24, so that there are ties, and sums are exact."""
    draw = np.random.default_rng(0)

    def whole(*shape):
        return draw.integers(-3, 4, shape).astype(np.float32)

    def rows(n_rows, n_columns, n_each):
        columns = [draw.choice(n_columns, n_each, replace=False) for _ in range(n_rows)]
        entries = np.concatenate(columns).astype(np.int32)
        return np.arange(n_rows + 1) * n_each, entries, whole(entries.size)

    features = (*rows(N_CUSTOMERS, N_PRODUCTS, 20), *rows(N_PRODUCTS, N_PRODUCTS, 2))
    bought = rows(N_CUSTOMERS, N_PRODUCTS, 30)
    scorers = {
        "factors": Factors(
            whole(N_CUSTOMERS, EMBEDDING_DIM), whole(N_PRODUCTS, EMBEDDING_DIM), whole(N_PRODUCTS)
        ),
        "ease": ItemItem(*features, whole(N_PRODUCTS, N_PRODUCTS)),
        "top": ItemItemTop(*features, *rows(N_PRODUCTS, N_PRODUCTS, 40)),
        "repeat": Repeat(*bought, np.array([N_PRODUCTS])),
        "popularity": Popularity(whole(N_PRODUCTS)),
    }
    weights = dict.fromkeys(scorers, 1.0)
    return Model(
        Vocabulary([f"c{row}" for row in range(N_CUSTOMERS)]),
        Catalogue([f"p{row}" for row in range(N_PRODUCTS)], ["p"] * N_PRODUCTS, [""] * N_PRODUCTS),
        History(*bought[:2], N_PRODUCTS),
        scorers,
        dict.fromkeys(("discover", "rebuy", "mixed"), weights),
        device=device,
    )


@pytest.mark.parametrize("mode", ["discover", "rebuy", "mixed"])
@pytest.mark.parametrize("device", ["cpu:0", pytest.param("cuda", marks=pytest.mark.gpu)])
def test_a_torch_device_gives_the_same_ranking(device, mode, tmp_path):
    tables = []
    for where in ("cpu", device):
        out = tmp_path / "recs.parquet"
        predict(model_of_all_kinds(where), out, k=60, mode=mode, progress=False)
        tables.append(pq.read_table(out))
    assert tables[1].equals(tables[0])
    ties = np.diff(tables[0]["score"].to_numpy()) == 0
    assert ties.any()
