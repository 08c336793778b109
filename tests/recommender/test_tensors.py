import json

import numpy as np
import pytest
from safetensors.numpy import load_file

from recommender import tensors
from recommender.errors import ArtifactError


@pytest.fixture
def arrays():
    return {
        "floats": np.arange(6, dtype=np.float32).reshape(2, 3),
        "ints": np.array([2**40, -1], dtype=np.int64),
        "none": np.zeros((0, 4), dtype=np.int32),
        "bytes": np.array([1, 2, 255], dtype=np.uint8),
    }


def test_what_is_written_is_read(tmp_path, arrays):
    tensors.write(tmp_path / "a", arrays)
    read = tensors.read(tmp_path / "a")
    assert read.keys() == arrays.keys()
    for name, array in arrays.items():
        assert read[name].dtype == array.dtype
        np.testing.assert_array_equal(read[name], array)


def test_reads_what_the_safetensors_library_reads(tmp_path, arrays):
    tensors.write(tmp_path / "a", arrays)
    theirs, ours = load_file(tmp_path / "a"), tensors.read(tmp_path / "a")
    for name in arrays:
        np.testing.assert_array_equal(ours[name], theirs[name])


def test_reading_copies_nothing_and_allows_no_change(tmp_path, arrays):
    tensors.write(tmp_path / "a", arrays)
    floats = tensors.read(tmp_path / "a")["floats"]
    assert not floats.flags.owndata
    with pytest.raises(ValueError, match="read-only"):
        floats[0, 0] = 1


def test_a_view_is_written_as_it_looks(tmp_path):
    tensors.write(tmp_path / "a", {"t": np.arange(6, dtype=np.float32).reshape(2, 3).T})
    np.testing.assert_array_equal(tensors.read(tmp_path / "a")["t"], [[0, 3], [1, 4], [2, 5]])


def test_the_same_arrays_give_the_same_bytes(tmp_path, arrays):
    tensors.write(tmp_path / "a", arrays)
    tensors.write(tmp_path / "b", dict(reversed(arrays.items())))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def file_of(header, body=b""):
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + body


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"short",
        (2**60).to_bytes(8, "little") + b"{}",
        b"\x02" + bytes(7) + b"no",
        file_of({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}, b"1234"),
        file_of({"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 8]}}, b"12345678"),
        file_of({"a": {"dtype": "F32", "shape": [1], "data_offsets": [-4, 0]}}, b"1234"),
        file_of({"a": {"dtype": "OBJECT", "shape": [1], "data_offsets": [0, 4]}}, b"1234"),
        file_of({"a": 3}),
        file_of([]),
    ],
)
def test_what_is_not_of_the_format_is_named(tmp_path, content):
    (tmp_path / "a.safetensors").write_bytes(content)
    with pytest.raises(ArtifactError, match=r"a\.safetensors"):
        tensors.read(tmp_path / "a.safetensors")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ArtifactError, match="gone cannot be read: No such file"):
        tensors.read(tmp_path / "gone")


def test_strings_survive():
    strings = ["", "pan", "ñandú", "二"]
    assert tensors.unpack_strings("s", tensors.pack_strings("s", strings)) == strings
    assert tensors.unpack_strings("s", tensors.pack_strings("s", [])) == []
