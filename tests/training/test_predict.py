import pyarrow.parquet as pq
import pytest

from recommender.errors import CutOffError, ModeError
from recommender.query import Query
from recommender.recommend import recommend
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
