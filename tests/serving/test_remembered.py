from dataclasses import replace

import pytest

from serving.remembered import Kept, Remembered


def kept(n_bytes):
    return Kept(b"x" * n_bytes, ())


@pytest.fixture
def remembered():
    return Remembered(max_bytes=30_000)


def test_an_answer_is_found_until_another_model_answers(remembered, snapshot):
    answer = kept(100)
    remembered.keep(b"/a", snapshot, answer)
    other = replace(snapshot)

    assert remembered.find(b"/a", snapshot) is answer
    assert remembered.find(b"/b", snapshot) is None
    assert remembered.find(b"/a", other) is None
    remembered.keep(b"/b", other, answer)
    assert remembered.find(b"/b", other) is answer
    assert remembered.find(b"/a", other) is None


def test_the_least_recently_asked_is_forgotten_first(remembered, snapshot):
    for question in (b"/a", b"/b"):
        remembered.keep(question, snapshot, kept(12_000))
    remembered.find(b"/a", snapshot)
    remembered.keep(b"/c", snapshot, kept(12_000))

    found = [question for question in (b"/a", b"/b", b"/c") if remembered.find(question, snapshot)]
    assert found == [b"/a", b"/c"]


def test_memory_is_bounded_whatever_is_asked(remembered, snapshot):
    remembered.keep(b"/large", snapshot, kept(40_000))
    assert remembered.find(b"/large", snapshot) is None
    for number in range(1000):
        remembered.keep(b"/%d" % number, snapshot, kept(100))
        remembered.keep(b"/%d" % number, snapshot, kept(100))
    found = [n for n in range(1000) if remembered.find(b"/%d" % n, snapshot)]
    assert found == list(range(1000 - len(found), 1000))
    assert 20 < len(found) < 30
