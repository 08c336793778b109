import re

import pytest

from registry import records
from registry.errors import RecordError

EXPECTED = {"who": str, "from": (str, type(None))}


def test_records_are_json_with_sorted_keys_and_survive():
    data = records.to_bytes({"who": "ana@été", "from": None})

    assert data == '{\n  "from": null,\n  "who": "ana@été"\n}\n'.encode()
    assert records.from_bytes(data, "here", EXPECTED) == {"who": "ana@été", "from": None}


def test_fields_of_later_releases_are_left_out():
    data = records.to_bytes({"who": "ana", "from": "v1", "colour": "red"})

    assert records.from_bytes(data, "here", EXPECTED) == {"who": "ana", "from": "v1"}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"half a rec", "here is not JSON"),
        (b"\xff", "here is not JSON"),
        (b"[]", "here is not a JSON object"),
        (b'{"who": "ana"}', "here: the field 'from' is missing"),
        (b'{"who": 1, "from": null}', "here: the field 'who' is missing or of another type"),
    ],
)
def test_other_content_is_refused(data, message):
    with pytest.raises(RecordError, match=message):
        records.from_bytes(data, "here", EXPECTED)


def test_times_are_utc_to_the_second():
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", records.now())


def test_a_user_without_a_name_can_write_records(monkeypatch):
    monkeypatch.setattr(records.getpass, "getuser", lambda: {}["no such uid"])
    monkeypatch.setattr(records.socket, "gethostname", lambda: "pod-1")

    assert records.whoami() == "unknown@pod-1"
