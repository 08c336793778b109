"""Files of held-out purchases."""

import hashlib
import json

import pytest

from registry.errors import GateError
from registry.gate import held_out


def test_what_was_written_is_read(tmp_path):
    path = tmp_path / "held-out.json"
    path.write_bytes(held_out.to_bytes("sha256:1", "test", {"né": ["b", "a"], "10": ["b"]}))

    found = held_out.read(path)

    assert (found.data, found.part) == ("sha256:1", "test")
    assert found.purchases == {"né": ("b", "a"), "10": ("b",)}
    assert found.n_purchases == 3
    assert found.digest == "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()


def test_purchases_of_elsewhere_name_no_data(tmp_path):
    path = tmp_path / "held-out.json"
    path.write_text('{"purchases": {"ana": ["a"]}}')

    assert held_out.read(path).data is None


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"customer,product", "is not JSON"),
        (b"\xff", "is not JSON"),
        (b"[]", "no JSON object"),
        (b"{}", "holds no customer"),
        ({"purchases": {}}, "holds no customer"),
        ({"purchases": {"ana": []}}, "purchases of customer 'ana'"),
        ({"purchases": {"ana": "ab"}}, "purchases of customer 'ana'"),
        ({"purchases": {"ana": [1]}}, "purchases of customer 'ana'"),
        ({"purchases": {"ana": ["a", "a"]}}, "distinct"),
        ({"data": 1, "purchases": {"ana": ["a"]}}, "data is 1"),
        ({"part": [], "purchases": {"ana": ["a"]}}, r"part is \[\]"),
    ],
)
def test_another_file_is_refused(tmp_path, content, message):
    path = tmp_path / "held-out.json"
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())

    with pytest.raises(GateError, match=message) as caught:
        held_out.read(path)
    assert "python -m training held-out writes it" in str(caught.value)


def test_a_missing_file_is_said(tmp_path):
    with pytest.raises(GateError, match=r"gone.json cannot be read \(No such file"):
        held_out.read(tmp_path / "gone.json")
