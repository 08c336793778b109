"""Everything in a request may be wrong: 4xx that names the field, its value and what is allowed."""

import json
import socket

import pytest

BATCH = "/v1/recommendations"
ANA = "/v1/customers/ana/recommendations"
LONG = "x" * 513


def ask_raw(url, target, method="GET", body=b""):
    """Send bytes as they are; return the status, the headers and the body of the answer."""
    host, port = url.removeprefix("http://").split(":")
    head = b"%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(head % (method.encode(), target, len(body)) + body)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), head.decode("latin-1").lower(), body


def refused(status, headers, body):
    assert status == 400
    assert "content-type: application/problem+json" in headers
    return json.loads(body)["detail"]


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ("k=NaN", 'k is "NaN"; it must be a whole number from 1 to 500'),
        ("k=1e400", 'k is "1e400"; '),
        ("k=-0", 'k is "-0"; '),
        ("k=" + "9" * 5000, 'k is "999'),
        ("mode=" + LONG, "mode is of 513 characters; it must be a string of at most 512"),
        ("category=" + LONG, "category is of 513 characters; "),
        (
            "exclude=a&" * 1000,
            "exclude is given 1000 times; at most 100 are allowed, and 1000 in a",
        ),
        ("explain=maybe", 'explain is "maybe"; it must be true or false'),
        ("rules=all", 'rules is "all"; it must be "explain" or left out'),
        ("rules=explain&rules=explain", "rules is given 2 times; give it once"),
        ("mode=discover&mode=discover", "mode is given 2 times; give it once"),
        ("basket=%FF", 'parameter "basket" is "\ufffd", which is not UTF-8; percent-encode'),
        ("basket=%ED%A0%80", 'parameter "basket" is '),
        ("%FF=1", 'parameter "\ufffd" is "1", which is not UTF-8'),
        ("category=%00", "category '\\x00' is not in the catalogue"),
        ("category=a%0d%0aSet-Cookie:b", "category 'a\\r\\nSet-Cookie:b' is not in the catalogue"),
        ("candidates=tea", 'parameter "candidates" is unknown; allowed: k, mode, category, '),
    ],
)
def test_a_parameter_is_refused_by_name(market, parameters, said):
    answer = ask_raw(market.url, f"{ANA}?{parameters}".encode())

    assert refused(*answer).startswith(said)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_refusals_have_the_same_status_with_and_without_a_body(client, method):
    assert client.request(method, f"{ANA}?k=0").status_code == 400


@pytest.mark.parametrize(
    ("target", "said"),
    [
        (b"/v1/customers/%FF/recommendations", "customer_id in the path is not UTF-8"),
        (b"/v1/customers/a%C3/recommendations", "customer_id in the path is not UTF-8"),
        (b"/v1/customers//recommendations", 'customer_id is ""; it must be a string of 1 to 512'),
        (f"/v1/customers/{LONG}/recommendations".encode(), "customer_id is of 513 characters; "),
        (b"/v1/products/%80/similar", "product_id in the path is not UTF-8"),
        (f"/v1/products/{LONG}/similar".encode(), "product_id is of 513 characters; "),
        (b"/v1/model?full=1", 'parameter "full" is unknown; allowed: none'),
    ],
)
def test_a_path_is_refused(market, target, said):
    assert refused(*ask_raw(market.url, target)).startswith(said)


@pytest.mark.parametrize(
    "target",
    [
        b"/v1/customers/\xff/recommendations",
        b"/v1/customers/ana/recommendations?category=\xff",
        b"/v1/customers/ana/recommendations?category=\xc3\xa9",
        b"/v1/customers/ana/recommendations?category=a b",
        b"/" + b"x" * 70_000,
    ],
)
def test_what_is_not_http_is_refused_as_well(market, target):
    status, _, _ = ask_raw(market.url, target)

    assert 400 <= status < 500


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("POST", b"/v1/recommendations%0A"),
        ("POST", b"/v1/recommendations/"),
        ("GET", b"/v1/recommendations/"),
        ("POST", b"//v1/recommendations"),
        ("GET", b"/livez%0A"),
        ("GET", b"/readyz/"),
        ("GET", b"/v1/model%0A"),
        ("GET", b"/v1/customers/ana/recommendations%0A"),
        ("GET", b"/v1/customers/ana/recommendations/"),
        ("GET", b"/schema.json"),
        ("GET", b"*"),
    ],
)
def test_what_is_like_a_route_is_none(market, method, target):
    status, headers, body = ask_raw(market.url, target, method, b'{"requests": []}')

    assert status == 404
    assert "content-type: application/problem+json" in headers
    assert "there is nothing at " in json.loads(body)["detail"]


@pytest.mark.parametrize(("path", "allowed"), [(BATCH, {"POST"}), (ANA, {"GET", "HEAD"})])
def test_a_wrong_method_is_told_the_right_ones(client, path, allowed):
    response = client.delete(path)

    assert response.status_code == 405
    assert set(response.headers["allow"].split(", ")) == allowed


@pytest.mark.parametrize(
    ("customer", "echoed"),
    [
        (b"a%0Ab", "a\nb"),
        (b"a%2Fb%2F", "a/b/"),
        (b"%2F", "/"),
        (b"%00", "\0"),
        (b"%EF%BF%BD", "\ufffd"),
        (b"%F0%9F%9B%92", "\U0001f6d2"),
        (b"%zz", "%zz"),
        (b"a;b=c", "a;b=c"),
    ],
)
def test_an_odd_id_is_an_id(market, customer, echoed):
    status, _, body = ask_raw(market.url, b"/v1/customers/%b/recommendations" % customer)

    assert status == 200
    assert json.loads(body)["customer_id"] == echoed


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"requests": [{"k": NaN}]}', "the body is not JSON ("),
        (b'{"requests": [{"k": Infinity}]}', "the body is not JSON ("),
        (b'{"requests": [{"k": 1e999}]}', "the body is not JSON ("),
        (b'{"requests": ["\xff"]}', "the body is not JSON ("),
        (b'{"requests": ["\\ud800"]}', "the body is not JSON ("),
        (b'\xef\xbb\xbf{"requests": []}', "the body is not JSON ("),
        (b'{"requests": []}x', "the body is not JSON ("),
        (b"[" * 100_000, "the body is not JSON ("),
        (b'{"requests": null}', 'requests is null; it must be a list: {"requests": '),
    ],
)
def test_a_body_is_refused(client, body, said):
    response = client.post(BATCH, content=body)

    assert refused(
        response.status_code, f"content-type: {response.headers['content-type']}", response.content
    ).startswith(said)


def test_parameters_beside_a_body_are_refused(client):
    response = client.post(f"{BATCH}?k=3", json={"requests": []})

    assert response.status_code == 400
    assert response.json()["detail"] == 'parameter "k" is unknown; allowed: none'


BAD_ITEMS = [
    ({"customer_id": LONG}, "customer_id is of 513 characters; "),
    ({"customer_id": ["ana"]}, 'customer_id is ["ana"]; it must be a string'),
    ({"k": 1e308}, "k is 1e+308; it must be a whole number from 1 to 500"),
    ({"k": 2**64}, "k is 1.8446744073709552e+19; "),
    ({"k": -1}, "k is -1; "),
    ({"exclude": ["a"] * 1001}, "exclude has 1001 values; at most 1000 are allowed"),
    ({"categories": ["dairy"] * 1000 + [7]}, "categories has 1001 values; "),
    ({"basket": ["milk", None]}, "basket[1] is null; it must be a string of at most 512"),
    ({"basket": "milk"}, 'basket is "milk"; it must be a list of strings'),
    ({"basket": {"milk": 1}}, 'basket is {"milk":1}; it must be a list of strings'),
    ({"candidates": None}, "candidates is null; it must be a list of strings"),
    ({"candidates": [LONG]}, "candidates[0] is of 513 characters; "),
    ({"explain": "true"}, 'explain is "true"; it must be true or false'),
    ({"rules": "explains"}, 'rules is "explains"; it must be "explain" or left out'),
    ({"category": "dairy"}, 'field "category" is unknown; allowed: customer_id, k, mode, '),
    ({LONG: 1}, 'field "xxxx'),
    ([], "the request is []; it must be an object with the fields customer_id"),
]


def test_each_bad_item_is_refused_by_name_and_none_spoils_another(client):
    good = {"customer_id": "ana", "k": 1}
    items = [item for bad, _ in BAD_ITEMS for item in (bad, good)]

    answers = client.post(BATCH, json={"requests": items}).json()

    assert len({json.dumps(answer) for answer in answers[1::2]}) == 1
    assert answers[1]["items"][0]["rank"] == 1
    for answer, (bad, said) in zip(answers[::2], BAD_ITEMS, strict=True):
        assert answer["status"] == 400, bad
        assert answer["detail"].startswith(said)
        assert len(answer["detail"]) < 300


def test_of_a_field_given_twice_the_last_holds(client):
    body = b'{"requests": [{"customer_id": "ben", "k": 1, "customer_id": "ana", "k": 2}]}'

    [answer] = client.post(BATCH, content=body).json()

    assert (answer["customer_id"], answer["k"]) == ("ana", 2)


def test_ten_megabytes_of_basket_are_refused_and_the_next_request_is_answered(client):
    basket = ["x" * 100] * 100_000
    response = client.post(BATCH, json={"requests": [{"basket": basket}]})

    assert 400 <= response.status_code < 500
    assert "2097152" in response.json()["detail"]
    assert client.get(ANA).status_code == 200


def test_two_megabytes_of_bad_values_are_refused_in_small(client):
    wide = {"basket": ["x" * 2000] * 1000}
    response = client.post(BATCH, json={"requests": [wide, {"customer_id": "ana", "k": 1}]})

    refusal, answer = response.json()
    assert refusal["detail"].startswith("basket[0] is of ")
    assert answer["customer_id"] == "ana"
    assert len(response.content) < 2000
