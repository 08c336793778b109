import json

import pytest

from recommender.errors import CategoryError, CutOffError, ModeError, QueryError
from serving import problems
from serving.errors import NotReadyError, RequestError


@pytest.mark.parametrize(
    ("error", "type_", "status"),
    [
        (CutOffError, "/docs#invalid-k", 400),
        (ModeError, "/docs#unknown-mode", 400),
        (CategoryError, "/docs#unknown-category", 400),
        (QueryError, "/docs#invalid-query", 400),
        (RequestError, "/docs#invalid-request", 400),
        (NotReadyError, "/docs#not-ready", 503),
    ],
)
def test_each_error_has_a_type_of_its_own(error, type_, status):
    problem = problems.of_error(error("what is wrong"))

    assert (problem.type, problem.status, problem.detail) == (type_, status, "what is wrong")


def test_a_problem_as_an_answer():
    response = problems.of_status(404, "no such thing").response({"Allow": "GET"})

    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["allow"] == "GET"
    assert json.loads(response.body) == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "no such thing",
    }
