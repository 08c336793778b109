from concurrent.futures import ThreadPoolExecutor

import pytest

from registry.errors import UnreachableError
from registry.generations import Generations
from registry.store import Store


@pytest.fixture
def folder(uri):
    return uri.key("numbered")


@pytest.fixture
def generations(store, folder):
    return Generations(store, folder)


@pytest.fixture
def fill(generations):
    """Return a function that creates the first so many."""

    def fill(count):
        for number in range(1, count + 1):
            assert generations.create(number, str(number).encode())

    return fill


@pytest.mark.parametrize("count", [0, 1, 2, 3, 7, 8, 9])
def test_the_newest_is_found_from_anywhere(generations, fill, count):
    fill(count)

    for start in [-1, *range(count + 1), count + 5]:
        assert generations.newest(start) == ((count, str(count).encode()) if count else None)


def test_few_requests_find_it_and_two_if_it_is_known(environment, folder, uri, fill, sent):
    fill(40)
    generations = Generations(Store.open(uri.bucket), folder)
    sent.clear()

    assert generations.newest()[0] == 40
    assert len(sent) <= 12
    sent.clear()
    assert generations.newest(40)[0] == 40
    assert len(sent) == 2


def test_names_sort_as_numbers_do_and_gaps_are_listed(store, generations, folder):
    for name in ("00000011.json", "00000002.json", "2.json", "0000000x.json", "00000003.txt"):
        store.write(f"{folder}/{name}", b"-")

    assert generations.key(7) == f"{folder}/00000007.json"
    assert generations.numbers() == [2, 11]


def test_one_of_those_who_try_creates_it(generations):
    with ThreadPoolExecutor(8) as pool:
        created = list(pool.map(lambda n: generations.create(1, str(n).encode()), range(8)))

    assert created.count(True) == 1
    assert generations.read(1) == str(created.index(True)).encode()


def test_who_lost_only_the_answer_has_created_it(environment, folder, uri, lose_answers):
    generations = Generations(Store.open(uri.bucket), folder)

    assert generations.create(1, b"mine")
    assert not generations.create(1, b"another's")


def test_what_never_arrived_is_an_error(environment, folder, uri, on_event):
    def fail(**_):
        raise UnreachableError

    on_event("before-send.s3.PutObject", fail)

    with pytest.raises(UnreachableError):
        Generations(Store.open(uri.bucket), folder).create(1, b"-")
