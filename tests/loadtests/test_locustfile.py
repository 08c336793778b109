"""Locust as a user starts it, in a process of its own: it patches the standard library."""

import os
import re
import subprocess
import sys

import pytest

from local.service import ROOT


def locust(url, *arguments, **variables):
    return subprocess.run(
        [
            *(sys.executable, "-m", "locust", "-f", "loadtests/locustfile.py", "--headless"),
            *("--host", url, "-u", "8", "-r", "8", *arguments),
        ],
        cwd=ROOT,
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize("user", ["OneCustomer", "OneProduct", "ManyCustomers"])
def test_answers_of_another_model_fail_the_run(url, other_folder, user):
    done = locust(url, "-t", "2s", user, "--oracle", str(other_folder))

    assert done.returncode == 1
    assert "answered by model sha256:" in done.stderr


def test_no_server_fails_the_run():
    done = locust("http://127.0.0.1:9", "-t", "2s")

    assert done.returncode == 1
    assert "error: http://127.0.0.1:9 cannot be asked: " in done.stderr


def test_no_oracle_where_one_is_named_fails_the_run(url, tmp_path):
    done = locust(url, "-t", "2s", "--oracle", str(tmp_path))

    assert done.returncode == 1
    assert f"error: {tmp_path} holds no model" in done.stderr


def test_twenty_seconds_of_load_are_answered_right(url, model_folder):
    done = locust(url, "-t", "20s", ESTANTE_ORACLE=str(model_folder))

    assert done.returncode == 0, done.stderr
    for name in (
        "GET      /v1/customers/",
        "GET      /v1/products/popular",
        "GET      /v1/products/{product_id}",
        "POST     /v1/recommendations",
    ):
        requests, failures = re.findall(rf"{re.escape(name)}.*? (\d+) +(\d+)\(", done.stderr)[-1]
        assert int(requests) > 20
        assert int(failures) == 0
