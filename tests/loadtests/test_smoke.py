import http.server
import json
import subprocess
import sys
import threading

import pytest

from loadtests import smoke
from local.service import ROOT
from recommender.query import Query


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
    assert {check["status"] for check in report["checks"]} == {200, 400, 404, 405}


def test_another_model_than_the_one_served_is_noticed(url, other_folder, capsys):
    assert smoke.main([url, "--model", str(other_folder)]) == 1

    assert "WRONG: answered by sha256:" in capsys.readouterr().out


def test_a_customer_that_the_model_lacks_is_asked_for_all_the_same(url):
    assert smoke.main([url, "--customer", "nobody at all"]) == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["http://127.0.0.1:9"], "http://127.0.0.1:9 cannot be asked: "),
        (["nonsense"], "nonsense cannot be asked: "),
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


def test_the_path_of_a_query():
    query = Query("a/b é", 7, "rebuy", ("x & y",), ("p1", "p2"))

    assert smoke.path_of(query) == (
        "/v1/customers/a%2Fb%20%C3%A9/recommendations"
        "?k=7&mode=rebuy&category=x+%26+y&exclude=p1&exclude=p2"
    )
    assert smoke.path_of(Query("ana", 7)) == "/v1/customers/ana/recommendations?k=7"


def test_a_reader_that_leaves_is_no_error(url):
    command = f"{sys.executable} -m loadtests.smoke {url} | head -1"
    done = subprocess.run(
        ["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert done.stdout == f"GET {url}/livez  200\n"
    assert done.stderr == ""
