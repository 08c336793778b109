"""The service as its clients meet it: ``bentoml serve`` over a small model, asked over HTTP.

Ana bought cola and rye; "bo/1 x" bought milk; "cy é" has bought nothing yet. The products' scores
for ana are 5, 4, 3, 2, 1, 0 in the order of the catalogue, and 0, 0, 1, 1, 1, 2 for bo.
"""

import asyncio
from urllib.parse import quote

import httpx
import numpy as np
import pytest

from local import ports, service
from recommender import artifact
from recommender.catalogue import Catalogue
from recommender.history import History
from recommender.model import Model
from recommender.query import Query
from recommender.recommend import recommend
from recommender.scorers import Factors, Popularity
from recommender.vocabulary import Vocabulary

BATCH = "/v1/recommendations"
ITEM = ("product_id", "name", "category", "rank", "score")
POPULAR = ["milk", "rye", "cola", "tea", "bun", "nut"]


def write_model(folder):
    """Write the model that all tests know."""
    model = Model(
        customers=Vocabulary(["ana", "bo/1 x", "cy é"]),
        catalogue=Catalogue(
            ["cola", "rye", "tea", "bun", "milk", "nut"],
            ["Cola 1 l", "Rye bread", "Green tea", "Bun", "Milk", "Nüsse"],
            ["drinks", "bread", "drinks", "bread", "drinks", ""],
        ),
        history=History(np.array([0, 2, 3, 3]), np.array([0, 1, 4], dtype=np.int32), 6),
        scorers={
            "factors": Factors(
                np.array([[1, 0], [0, 1], [1, 1]], dtype=np.float32),
                np.array([[5, 0], [4, 0], [3, 1], [2, 1], [1, 1], [0, 2]], dtype=np.float32),
                np.zeros(6, dtype=np.float32),
            ),
            "popularity": Popularity(np.array([2, 3, 1, 1, 4, 0], dtype=np.float32)),
        },
        modes={
            "discover": {"factors": 1.0},
            "rebuy": {"popularity": 1.0},
            "mixed": {"factors": 1.0},
        },
    )
    return artifact.write(folder, model, lineage={}, metrics={})


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """Serve the model; yield where, its folder, its digest and the service's log."""
    folder = tmp_path_factory.mktemp("service")
    digest = write_model(folder / "model")
    with service.started(str(folder / "model"), folder / "run", port=ports.free(1)[0]) as server:
        yield server.url, folder / "model", digest, server.child.log


@pytest.fixture(scope="module")
def client(running):
    with httpx.Client(base_url=running[0], timeout=30) as client:
        yield client


@pytest.fixture(scope="module")
def digest(running):
    return running[2]


def ids(answer):
    return [item["product_id"] for item in answer["items"]]


def path(customer, parameters=""):
    return f"/v1/customers/{quote(customer, safe='')}/recommendations{parameters}"


def problem(response, status):
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    content = response.json()
    assert content.keys() == {"type", "title", "status", "detail"}
    assert content["status"] == status
    return content


def test_an_answer_in_full(client, digest):
    response = client.get(path("ana", "?k=2"))

    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert response.json() == {
        "customer_id": "ana",
        "known": True,
        "mode": "discover",
        "k": 2,
        "strategy": "personal",
        "model": {"version": digest[7:15], "digest": digest, "stale": False},
        "rules_digest": None,
        "items": [
            {
                "product_id": "tea",
                "name": "Green tea",
                "category": "drinks",
                "rank": 1,
                "score": 3.0,
            },
            {"product_id": "bun", "name": "Bun", "category": "bread", "rank": 2, "score": 2.0},
        ],
    }


@pytest.mark.parametrize(
    ("customer", "parameters", "expected"),
    [
        ("ana", "", ["tea", "bun", "milk", "nut"]),
        ("ana", "?k=500", ["tea", "bun", "milk", "nut"]),
        ("ana", "?mode=rebuy", ["rye", "cola"]),
        ("ana", "?mode=mixed&k=3", ["cola", "rye", "tea"]),
        ("ana", "?category=bread", ["bun"]),
        ("ana", "?category=bread&category=drinks", ["tea", "bun", "milk"]),
        ("ana", "?exclude=tea&exclude=milk", ["bun", "nut"]),
        ("ana", "?exclude=never%20heard%20of", ["tea", "bun", "milk", "nut"]),
        ("ana", "?mode=rebuy&exclude=rye&exclude=cola", []),
        ("bo/1 x", "", ["nut", "tea", "bun", "cola", "rye"]),
        ("cy é", "", POPULAR),
        ("nobody", "", POPULAR),
        ("nobody", "?category=drinks", ["milk", "cola", "tea"]),
    ],
)
def test_what_is_recommended(client, customer, parameters, expected):
    assert ids(client.get(path(customer, parameters)).json()) == expected


@pytest.mark.parametrize(
    ("customer", "known", "strategy"),
    [
        ("ana", True, "personal"),
        ("bo/1 x", True, "personal"),
        ("cy é", True, "popular"),
        ("nobody", False, "popular"),
        ("ana/recommendations", False, "popular"),
        ("a?k=1&b#c%2F", False, "popular"),
        ("漢字/../ %25", False, "popular"),
    ],
)
def test_ids_are_any_text(client, customer, known, strategy):
    answer = client.get(path(customer)).json()

    assert answer["customer_id"] == customer
    assert (answer["known"], answer["strategy"]) == (known, strategy)


def test_headers_name_the_model_of_the_body(client, digest):
    body = {"requests": [{"customer_id": "ana"}, 7]}
    for response in (client.get(path("ana")), client.post(BATCH, json=body)):
        assert response.headers["x-model-version"] == digest[7:15]
        assert response.headers["x-model-digest"] == digest


@pytest.mark.parametrize(
    ("parameters", "type_", "said"),
    [
        ("?k=0", "/docs#invalid-k", "k is 0; it must be a whole number from 1 to 500"),
        ("?k=501", "/docs#invalid-k", "k is 501; "),
        ("?k=ten", "/docs#invalid-k", 'k is "ten"; '),
        ("?k=1&k=2", "/docs#invalid-request", "k is given 2 times"),
        ("?mode=guess", "/docs#unknown-mode", "mode is 'guess'; this model has discover, "),
        ("?category=toys", "/docs#unknown-category", "category 'toys' is not in the catalogue"),
        ("?category=", "/docs#unknown-category", "category '' is not in the catalogue"),
        ("?colour=red", "/docs#invalid-request", "allowed: k, mode, category, exclude"),
        ("?explain=yes", "/docs#invalid-request", 'explain is "yes"; it must be true or false'),
    ],
)
def test_a_question_is_refused(client, parameters, type_, said):
    refusal = problem(client.get(path("ana", parameters)), 400)

    assert refusal["type"] == type_
    assert said in refusal["detail"]


def test_a_question_without_a_customer_is_refused(client):
    assert "customer_id" in problem(client.get(path("")), 400)["detail"]


def test_a_batch_answers_as_the_single_questions_do(client):
    asked = [
        {"customer_id": "nobody", "k": 2},
        {"customer_id": "ana", "categories": ["bread"]},
        {"customer_id": "bo/1 x", "exclude": ["nut"], "k": 500},
        {"customer_id": "ana", "mode": "rebuy"},
        {"customer_id": "cy é", "mode": "mixed"},
    ]
    paths = [
        path("nobody", "?k=2"),
        path("ana", "?category=bread"),
        path("bo/1 x", "?exclude=nut&k=500"),
        path("ana", "?mode=rebuy"),
        path("cy é", "?mode=mixed"),
    ]

    answers = client.post(BATCH, json={"requests": asked}).json()

    assert answers == [client.get(one).json() for one in paths]


def test_a_bad_item_spoils_no_other(client):
    wrong = [
        7,
        None,
        "ana",
        {"k": "3"},
        {"k": True},
        {"k": 501},
        {"customer_id": 7},
        {"mode": "guess"},
        {"categories": ["toys"]},
        {"colour": "red"},
    ]
    asked = [item for bad in wrong for item in (bad, {"customer_id": "ana", "k": 1})]

    response = client.post(BATCH, json={"requests": asked})

    assert response.status_code == 200
    answers = response.json()
    assert [ids(answer) for answer in answers[1::2]] == [["tea"]] * len(wrong)
    assert all(bad.keys() == {"type", "title", "status", "detail"} for bad in answers[::2])
    assert [bad["status"] for bad in answers[::2]] == [400] * len(wrong)
    details = [bad["detail"] for bad in answers[::2]]
    assert "must be an object with the fields customer_id, k, mode" in details[0]
    assert details[3] == 'k is "3"; it must be a whole number from 1 to 500'
    assert "allowed: customer_id, k, mode, categories, exclude" in details[9]


def test_somebody_without_an_id(client):
    [answer] = client.post(BATCH, json={"requests": [{"k": 1}]}).json()

    assert answer["customer_id"] is None
    assert (answer["known"], answer["strategy"], ids(answer)) == (False, "popular", ["milk"])


def test_no_requests_get_no_answers(client):
    response = client.post(BATCH, json={"requests": []})

    assert (response.status_code, response.json()) == (200, [])


def test_a_batch_larger_than_a_scoring_call_keeps_its_order(client):
    asked = [{"customer_id": ["ana", "bo/1 x"][i % 2], "k": 1 + i % 4} for i in range(1000)]

    answers = client.post(BATCH, json={"requests": asked}).json()

    expected = {"ana": ["tea", "bun", "milk", "nut"], "bo/1 x": ["nut", "tea", "bun", "cola"]}
    assert [ids(answer) for answer in answers] == [
        expected[item["customer_id"]][: item["k"]] for item in asked
    ]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "the body is not JSON"),
        (b"{", "the body is not JSON"),
        (b"\xff", "the body is not JSON"),
        (b"[]", 'send {"requests": '),
        (b'{"customers": []}', 'send {"requests": '),
        (b'{"requests": [], "k": 3}', "no other field"),
        (b'{"requests": "ana"}', "it must be a list"),
        (b'{"requests": [' + b"0," * 1000 + b"0]}", "at most 1000 are allowed"),
        (b" " * (8 * 2**20 + 1), "the body is longer than 8388608 bytes"),
    ],
)
def test_a_body_is_refused_without_noise(running, client, body, said):
    log = running[3]
    size = log.stat().st_size

    refusal = problem(client.post(BATCH, content=body), 400)

    assert refusal["type"] == "/docs#invalid-request"
    assert said in refusal["detail"]
    assert log.stat().st_size == size


@pytest.mark.parametrize("media_type", ["text/plain", "multipart/form-data; boundary=x", ""])
def test_the_body_is_read_as_json_whatever_it_is_called(client, media_type):
    body = b'{"requests": [{"customer_id": "ana", "k": 1}]}'

    response = client.post(BATCH, content=body, headers={"Content-Type": media_type})

    assert ids(response.json()[0]) == ["tea"]


@pytest.mark.parametrize(
    ("method", "path_", "status", "allowed"),
    [
        ("GET", "/v1/nothing", 404, None),
        ("GET", "/v1/customers/ana", 404, None),
        ("GET", "/v2/model", 404, None),
        ("GET", BATCH, 405, "POST"),
        ("POST", "/v1/model", 405, "GET"),
        ("DELETE", "/readyz", 405, "GET"),
    ],
)
def test_what_is_not_there(client, method, path_, status, allowed):
    response = client.request(method, path_)

    assert path_ in problem(response, status)["detail"]
    assert allowed is None or allowed in response.headers["allow"]


def test_pickles_are_refused(client):
    headers = {"Content-Type": "application/vnd.bentoml+pickle"}

    problem(client.post(BATCH, content=b'{"requests": []}', headers=headers), 415)


def test_the_model_is_described(client, running):
    _, folder, digest, _ = running

    model = client.get("/v1/model").json()

    assert (model["uri"], model["digest"], model["version"]) == (str(folder), digest, digest[7:15])
    assert (model["name"], model["stale"]) == (None, False)
    assert (model["n_customers"], model["n_products"]) == (3, 6)
    assert model["modes"].keys() == {"discover", "rebuy", "mixed"}
    assert model["examples"] == {
        "customer_ids": ["ana", "bo/1 x", "cy é"],
        "categories": ["bread", "drinks"],
    }


def test_health(client):
    assert client.get("/livez").status_code == 200
    assert client.get("/readyz").status_code == 200


def test_every_described_route_is_there_and_documents_need_no_other_host(client):
    described = client.get("/openapi.json").json()["paths"]
    for route, methods in described.items():
        for method in methods:
            response = client.request(
                method, route.replace("{customer_id}", "ana").replace("{product_id}", "tea")
            )
            assert response.status_code in (200, 400), route

    assert client.get("/").headers["location"] == "/docs"
    page = client.get("/docs").text
    for asset in ("static_content/swagger-ui.css", "static_content/swagger-ui-bundle.js"):
        assert asset in page
        assert client.get(f"/{asset}").status_code == 200
    assert client.get("/docs.json").json() == client.get("/openapi.json").json()


def test_many_at_once_all_get_their_own_answers(running):
    url, folder, _, _ = running
    model = artifact.load(folder).model
    customers, modes = ["ana", "bo/1 x", "cy é", "nobody"], ["discover", "rebuy", "mixed"]
    queries = [Query(customers[i % 4], 1 + i % 6, modes[i % 3]) for i in range(96)]
    expected = [
        [{name: getattr(item, name) for name in ITEM} for item in answer.items]
        for answer in recommend(model, queries)
    ]

    async def ask_one(client, query):
        response = await client.get(path(query.customer_id, f"?k={query.k}&mode={query.mode}"))
        return response.json()["items"]

    async def ask_batch(client, some):
        items = [{"customer_id": q.customer_id, "k": q.k, "mode": q.mode} for q in some]
        response = await client.post(BATCH, json={"requests": items})
        return [answer["items"] for answer in response.json()]

    async def ask_all():
        limits = httpx.Limits(max_connections=128)
        async with httpx.AsyncClient(base_url=url, limits=limits, timeout=30) as client:
            ones = [ask_one(client, query) for query in queries]
            batches = [ask_batch(client, queries[i : i + 3]) for i in range(0, 96, 3)]
            return await asyncio.gather(asyncio.gather(*ones), asyncio.gather(*batches))

    ones, batches = asyncio.run(ask_all())

    assert ones == expected
    assert [items for batch in batches for items in batch] == expected
