import pytest

from serving.request_ids import request_id


@pytest.mark.parametrize("given", [b"7", b"a-B_c.d:e/f+g=h@i", b"x" * 128])
def test_an_id_that_does_no_harm_is_kept(given):
    assert request_id(given) == given


@pytest.mark.parametrize("given", [None, b"", b" ", b"a\r\nb", b"a\n", b"\xff", b"x" * 129])
def test_another_is_replaced_by_one_of_its_own(given):
    first, second = request_id(given), request_id(given)

    assert given not in (first, second)
    assert first != second
    assert request_id(first) == first
