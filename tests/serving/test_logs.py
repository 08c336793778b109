"""The log as programs read it: one JSON object a line, whatever was to be said."""

import io
import json
import logging

import pytest

from serving import logs


@pytest.fixture
def line(monkeypatch):
    """Write one line of a logger whose handler logs.configure finds; return what was written."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    logger = logging.getLogger("bentoml")
    monkeypatch.setattr(logger, "handlers", [handler])

    def write(form, *arguments, **more):
        logs.configure(form, requests=False)
        logger.error(*arguments, **more)
        return written.getvalue()

    return write


def test_text_is_left_as_it_is(line):
    assert line("text", "no %s", "model") == "no model\n"


def test_json_has_the_fields_of_a_line(line):
    written = line("json", "two\nlines %d", 2, extra={"fields": {"request_id": "7", "status": 200}})

    assert written.count("\n") == 1
    content = json.loads(written)
    assert content.pop("time").endswith("+00:00")
    assert content == {
        "level": "error",
        "logger": "bentoml",
        "message": "two\nlines 2",
        "request_id": "7",
        "status": 200,
    }


def test_json_has_the_traceback_and_survives_half_characters(line):
    try:
        raise ValueError("half \udcff")
    except ValueError:
        written = line("json", "failed: \udcff", exc_info=True)

    content = json.loads(written)
    assert content["message"] == "failed: ?"
    assert "ValueError: half ?" in content["exception"]


@pytest.mark.parametrize("requests", [True, False])
def test_requests_have_lines_only_if_asked_for(requests):
    logs.configure("text", requests=requests)

    assert logging.getLogger("estante.requests").isEnabledFor(logging.INFO) == requests
    assert logging.getLogger("estante.model").isEnabledFor(logging.INFO)
