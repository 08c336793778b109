import http.server
import json
import re
import subprocess
import sys
import threading

import httpx
import pytest

from loadtests import smoke
from loadtests.conversation import Conversation
from loadtests.paths import BATCH
from local import ports, service
from local.service import ROOT
from serving import access


@pytest.fixture
def another_server(tmp_path):
    """Run a server that answers every path with the same JSON."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"hello": "world"}')

        def log_message(self, *_):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_running_server_is_right(url, model_folder, capsys):
    assert smoke.main([url, "--model", str(model_folder)]) == 0

    printed = capsys.readouterr().out
    assert f"GET {url}/v1/customers/customer%2F0/recommendations?k=5  200" in printed
    assert "  1 Product " in printed
    assert "WRONG" not in printed
    assert printed.endswith(" requests, 0 answered wrongly\n")


def test_a_server_with_rules_is_right_by_those_rules(ruled_url, model_folder, rules_file, capsys):
    model = ["--model", str(model_folder)]

    assert smoke.main([ruled_url, *model, "--rules", str(rules_file)]) == 0
    assert smoke.main([ruled_url, *model]) == 1
    assert "WRONG: answered by rules sha256:" in capsys.readouterr().out


def test_every_route_is_asked(url, capsys):
    assert smoke.main([url, "--json"]) == 0

    asked = [check["asked"] for check in json.loads(capsys.readouterr().out)["checks"]]
    for route in httpx.get(f"{url}/openapi.json").json()["paths"]:
        pattern = re.sub(r"\\{\w+\\}", "[^/?]+", re.escape(url + route))
        assert any(re.match(rf"(GET|POST) {pattern}([ ?]|$)", one) for one in asked), route


def test_without_a_model_what_http_shows_is_checked(url, capsys):
    assert smoke.main([url, "--customer", "customer/9", "--customer", "customer/8"]) == 0

    printed = capsys.readouterr().out
    assert "customer%2F9" in printed
    assert "customer%2F0" not in printed


def test_a_program_reads_one_object(url, capsys):
    assert smoke.main([url, "--json"]) == 0

    report = json.loads(capsys.readouterr().out)
    assert report["ok"] is True
    assert report["checks"][0] == {"asked": f"GET {url}/livez", "status": 200, "faults": []}
    assert {check["status"] for check in report["checks"]} == {200, 304, 400, 404, 405}


def test_another_model_than_the_one_served_is_noticed(url, other_folder, capsys):
    assert smoke.main([url, "--model", str(other_folder)]) == 1

    assert "WRONG: answered by model sha256:" in capsys.readouterr().out


class Corrupting(httpx.HTTPTransport):
    """The way to a real server, on which its first answer at one path is changed."""

    def __init__(self, end, change):
        super().__init__()
        self.end, self.change = end, change

    def handle_request(self, request):
        response = super().handle_request(request)
        if not self.end or not re.search(f"{self.end}$", str(request.url)):
            return response
        self.end = None
        content = json.loads(response.read())
        headers = {key: value for key, value in response.headers.items() if key.startswith("x-")}
        content = self.change(content, headers)
        return httpx.Response(response.status_code, headers=headers, json=content)


def answers_of(url, end, change):
    """Return all faults that a run finds when one answer is changed."""
    with httpx.Client(base_url=url, transport=Corrupting(end, change)) as client:
        run = Conversation(client, quiet=True)
        right = run.run()
    faults = [fault for check in run.done for fault in check.faults]
    assert right == (not faults)
    return faults


def with_first(answer, **changed):
    first, *rest = answer["items"]
    return answer | {"items": [first | changed, *rest]}


def test_what_is_changed_to_itself_is_right(url):
    assert answers_of(url, "k=5", lambda answer, _: answer) == []


@pytest.mark.parametrize(
    ("end", "change", "fault"),
    [
        ("k=1", lambda answer, _: answer | {"k": 2}, "k is 2, asked"),
        ("k=5", lambda answer, _: answer | {"items": answer["items"][::-1]}, "not descending"),
        ("k=5", lambda answer, headers: headers.clear() or answer, "header X-Model-Version is N"),
        (
            "category=[^&]+",
            lambda answer, _: with_first(answer, category="x"),
            "of another category",
        ),
        ("%200/recommendations.k=5", lambda answer, _: answer | {"known": True}, "is known"),
        (BATCH, lambda answers, _: answers[:-1], "answers to"),
        (BATCH, lambda answers, _: answers[::-1], "customer_id is "),
        (BATCH, lambda answers, _: [answers[0] | {"rules_digest": 1}, *answers[1:]], "rules_dig"),
        (BATCH, lambda answers, _: [with_first(answers[0], score=99), *answers[1:]], "expected "),
        (BATCH, lambda answers, headers: headers.clear() or answers, "header X-Model-Digest is N"),
        ("k=0", lambda problem, _: problem | {"status": 500}, "its status is 500, not 400"),
        ("k=few", lambda problem, _: {"error": problem["detail"]}, "not a problem's form"),
        ("popular.k=5", lambda answer, _: answer | {"k": 4}, "k is 4, asked was 5"),
        ("popular.k=5", lambda answer, _: with_first(answer, score=-1), "not descending"),
        ("similar.k=5", lambda answer, _: answer | {"product_id": "p"}, "product_id is 'p', asked"),
        ("candidate=.*", lambda answer, _: with_first(answer, product_id="x"), "no candidate"),
        ("explain=.*", lambda answer, _: with_first(answer, x=1), "an item's form"),
        ("openapi.json", lambda document, _: document | {"paths": {}}, "not described: /readyz"),
    ],
)
def test_each_kind_of_fault_is_noticed(url, end, change, fault):
    assert any(fault in found for found in answers_of(url, end, change))


def test_a_server_that_wants_a_key_is_shown_one(model_folder, tmp_path, monkeypatch, capsys):
    key, line = access.new_key("smoke", "read")
    (tmp_path / "keys").write_text(line + "\n")
    variables = {"ESTANTE_API_KEYS_FILE": str(tmp_path / "keys")}
    with service.started(
        str(model_folder), tmp_path / "run", port=ports.free(1)[0], environment=variables
    ) as server:
        monkeypatch.delenv("ESTANTE_API_KEY", raising=False)
        assert smoke.main([server.url]) == 1
        assert "WRONG: the status is not 200: " in capsys.readouterr().out

        monkeypatch.setenv("ESTANTE_API_KEY", key)
        assert smoke.main([server.url]) == 0
        assert "/metrics  403" in capsys.readouterr().out


def test_what_was_bought_is_not_new(url):
    def claim(answer, _):
        return with_first(answer, product_id=bought)

    query = "/v1/customers/customer%2F0/recommendations?k=1&mode=rebuy"
    bought = httpx.get(url + query).json()["items"][0]["product_id"]
    assert f"{bought!r} is bought and new" in answers_of(url, "k=500", claim)


def test_a_customer_that_the_model_lacks_is_asked_for_all_the_same(url):
    assert smoke.main([url, "--customer", "nobody at all"]) == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["http://127.0.0.1:9"], "http://127.0.0.1:9 cannot be asked ("),
        (["nonsense"], "nonsense cannot be asked ("),
        (["http://127.0.0.1:9", "--model", "/nowhere"], "/nowhere holds no model"),
    ],
)
def test_what_cannot_be_asked_is_one_line(arguments, said, capsys):
    assert smoke.main(arguments) == 1

    error = capsys.readouterr().err
    assert error.startswith(f"error: {said}")
    assert error.count("\n") == 1


def test_another_kind_of_server_is_one_line(another_server, capsys):
    assert smoke.main([another_server]) == 1

    assert "does not answer as this service" in capsys.readouterr().err


def test_wrong_usage_is_2(capsys):
    with pytest.raises(SystemExit) as ended:
        smoke.main([])

    assert ended.value.code == 2
    assert "url" in capsys.readouterr().err


def test_a_reader_that_leaves_is_no_error(url):
    command = f"{sys.executable} -m loadtests.smoke {url} | head -1"
    done = subprocess.run(
        ["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert done.stdout == f"GET {url}/livez  200\n"
    assert done.stderr == ""
