"""Which routes there are, and what describes them."""

import pytest

BATCH = "/v1/recommendations"


def problem(response, status):
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    content = response.json()
    assert content.keys() == {"type", "title", "status", "detail"}
    assert content["status"] == status
    return content


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
