"""What is counted and how it is told; the numbers are read back out of the text."""

import pytest
from prometheus_client.parser import text_string_to_metric_families

from recommender.errors import QueryError
from recommender.query import Answer
from serving.metrics import CATEGORIES_MAX, NO_CATEGORY, OTHER_CATEGORIES, Metrics


@pytest.fixture
def metrics():
    return Metrics()


def value(metrics, name, **labels):
    families = text_string_to_metric_families(metrics.text().decode())
    samples = [sample for family in families for sample in family.samples]
    return next((s.value for s in samples if (s.name, s.labels) == (name, labels)), None)


def answer(customer_id="ana", *, known=True, strategy="personal", unmet=()):
    return Answer(customer_id, known, "discover", 30, strategy, (), unmet=unmet)


def test_requests_by_route_and_status(metrics):
    for status, seconds in ((200, 0.004), (200, 0.04), (404, 0.004)):
        metrics.request("/a/{id}", status, seconds)

    assert value(metrics, "estante_requests_total", route="/a/{id}", status="200") == 2
    assert value(metrics, "estante_requests_total", route="/a/{id}", status="404") == 1
    assert value(metrics, "estante_request_seconds_count", route="/a/{id}") == 3
    assert value(metrics, "estante_request_seconds_bucket", route="/a/{id}", le="0.005") == 2


def test_answers_by_mode_and_strategy_and_the_unknown(metrics):
    stranger = answer("eve", known=False, strategy="popular")
    nobody = answer(None, known=False, strategy="popular")
    metrics.answers([answer(), answer(), stranger, nobody, QueryError("no")])

    discover = {"mode": "discover"}
    assert value(metrics, "estante_answers_total", strategy="personal", **discover) == 2
    assert value(metrics, "estante_answers_total", strategy="popular", **discover) == 2
    assert value(metrics, "estante_unknown_customers_total") == 1
    assert value(metrics, "estante_answer_errors_total") == 1


def test_unmet_demand_by_category_of_which_there_are_not_too_many(metrics):
    metrics.answers([answer(unmet=("tea", "tea", ""))])
    metrics.answers([answer(unmet=tuple(f"c{i}" for i in range(CATEGORIES_MAX)))])

    def unmet(category):
        return value(metrics, "estante_unmet_demand_total", category=category)

    assert (unmet("tea"), unmet(NO_CATEGORY), unmet("c0")) == (2, 1, 1)
    assert unmet(OTHER_CATEGORIES) == 2
    assert metrics.text().count(b"\nestante_unmet_demand_total{") == CATEGORIES_MAX + 1


def test_one_model_is_named_and_since_when(metrics):
    assert value(metrics, "estante_model_in_service_timestamp_seconds") == 0
    metrics.model("v1", "sha256:1")
    first = value(metrics, "estante_model_in_service_timestamp_seconds")
    metrics.model("v1", "sha256:1", stale=True)

    assert value(metrics, "estante_model_stale") == 1
    assert value(metrics, "estante_model_in_service_timestamp_seconds") == first > 1e9

    metrics.model("v2", "sha256:2")

    assert value(metrics, "estante_model_info", version="v1", digest="sha256:1") is None
    assert value(metrics, "estante_model_info", version="v2", digest="sha256:2") == 1
    assert value(metrics, "estante_model_stale") == 0
    assert value(metrics, "estante_model_in_service_timestamp_seconds") > first


def test_everything_else(metrics):
    metrics.scored(0.002, 3)
    metrics.batch(5)
    metrics.swapped(0.3)
    metrics.refused("rules")
    metrics.shed()
    waiting = [1, 2]
    metrics.watch_in_flight(lambda: len(waiting))

    assert value(metrics, "estante_scoring_seconds_bucket", le="0.0025") == 1
    assert value(metrics, "estante_scored_queries_total") == 3
    assert value(metrics, "estante_batch_requests_bucket", le="4.0") == 0
    assert value(metrics, "estante_batch_requests_bucket", le="8.0") == 1
    assert value(metrics, "estante_swap_seconds_count") == 1
    assert value(metrics, "estante_refused_total", what="rules") == 1
    assert value(metrics, "estante_refused_total", what="model") == 0
    assert value(metrics, "estante_shed_requests_total") == 1
    assert value(metrics, "estante_requests_in_flight") == 2


def test_the_process_is_seen_too(metrics):
    assert value(metrics, "process_resident_memory_bytes") > 1e6
