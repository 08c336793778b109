import numpy as np
import pytest

from spotlight.errors import InputError
from spotlight.hashing import murmurhash3_32


# Published test vectors of MurmurHash3_x86_32 for inputs of four bytes, read as little-endian.
@pytest.mark.parametrize(
    ("key", "seed", "expected"),
    [
        (0, 0, 0x2362F9DE),
        (-1, 0, 0x76293B50),
        (int.from_bytes(b"\x21\x43\x65\x87", "little", signed=True), 0, 0xF55B516B),
        (int.from_bytes(b"\x21\x43\x65\x87", "little", signed=True), 0x5082EDEE, 0x2362F9DE),
        (int.from_bytes(b"aaaa", "little"), 0x9747B28C, 0x5A97808A),
        (3, 0, 847579505),
        (3, 42, -1823081949 % 2**32),
    ],
)
def test_known_vectors(key, seed, expected):
    assert murmurhash3_32(np.array([key]), seed).tolist() == [expected]


def test_shape_and_type_are_kept_for_any_integer_ids():
    ids = np.arange(6).reshape(2, 3)
    hashes = murmurhash3_32(ids, seed=7)
    assert hashes.dtype == np.uint32
    assert hashes.shape == (2, 3)
    assert (murmurhash3_32(ids.astype(np.int16), seed=7) == hashes).all()
    assert murmurhash3_32(np.array(3)).shape == ()


def test_no_ids_no_hashes():
    assert murmurhash3_32(np.array([], dtype=np.int64)).size == 0


@pytest.mark.parametrize("bad", [2**31, -(2**31) - 1])
def test_an_id_beyond_32_bits_is_refused(bad):
    with pytest.raises(InputError, match="number them anew"):
        murmurhash3_32(np.array([bad]))
