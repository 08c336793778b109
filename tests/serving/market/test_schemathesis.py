"""Questions that nobody thought of, made by schemathesis from the document that describes them.

Every answer must be one that the document describes: its status, media type, headers and form; and
none a fault of the service. What the document forbids must be refused.
"""

import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

CONFIG = Path(__file__).parent / "schemathesis.toml"


BATCH = "/v1/recommendations"


def run_schemathesis(url, per_route, routes, folder):
    """Ask about ``per_route`` random questions a route, and all at the bounds of each field."""
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", CONFIG, "run"),
        *(f"{url}/openapi.json", "--phases", "examples,coverage,fuzzing", "--no-color"),
        *("--max-examples", str(per_route), "--seed", "1", *routes),
    ]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("routes", "per_route", "at_least"),
    [
        (["--exclude-path", BATCH], 100, 500),
        (["--include-path", BATCH], 60, 200),
        pytest.param(["--exclude-path", BATCH], 3300, 9_500, marks=pytest.mark.long),
        pytest.param(["--include-path", BATCH], 600, 700, marks=pytest.mark.long),
    ],
)
def test_no_fault_and_no_answer_that_is_not_described(
    market, tmp_path, routes, per_route, at_least
):
    url, log = market.url, market.child.log

    done = run_schemathesis(url, per_route, routes, folder=tmp_path)

    assert done.returncode == 0, done.stdout[-5000:]
    made, right = map(int, re.search(r"(\d+) generated, (\d+) passed", done.stdout).groups())
    print(f"{made} questions, {right} answered as described")
    assert made == right >= at_least
    assert "Traceback" not in log.read_text()
    assert httpx.get(f"{url}/readyz").status_code == 200
