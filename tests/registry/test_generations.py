from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from registry.errors import OvertakenError, RecordError, UnreachableError
from registry.generations import Generations
from registry.store import Store


@dataclass(frozen=True)
class Written:
    """A record that is its number and a text."""

    number: int
    text: str = "-"

    @property
    def place(self):
        return "numbered", self.number

    def to_bytes(self):
        return f"{self.number} {self.text}".encode()

    @classmethod
    def from_bytes(cls, data, _):
        number, text = data.decode().split(" ")
        return cls(int(number), text)


def numbered(store, folder):
    return Generations(store, folder, Written.from_bytes)


@pytest.fixture
def folder(uri):
    return uri.key("numbered")


@pytest.fixture
def generations(store, folder):
    return numbered(store, folder)


@pytest.fixture
def fill(generations):
    """Return a function that creates the first so many."""

    def fill(count):
        for number in range(1, count + 1):
            assert generations.create(Written(number))

    return fill


@pytest.mark.parametrize("count", [0, 1, 2, 3, 7, 8, 9])
def test_the_newest_is_found_from_anywhere(generations, fill, count):
    fill(count)

    for start in [-1, *range(count + 1), count + 5]:
        assert generations.newest(start) == (Written(count) if count else None)


def test_few_requests_find_it_and_two_if_it_is_known(environment, folder, uri, fill, sent):
    fill(40)
    generations = numbered(Store.open(uri.bucket), folder)
    sent.clear()

    assert generations.newest().number == 40
    assert len(sent) <= 12
    sent.clear()
    assert generations.newest(40).number == 40
    assert len(sent) == 2


def test_names_sort_as_numbers_do_and_gaps_are_listed(store, generations, folder):
    for name in ("00000011.json", "00000002.json", "2.json", "0000000x.json", "00000003.txt"):
        store.write(f"{folder}/{name}", b"-")

    assert generations.key(7) == f"{folder}/00000007.json"
    assert generations.numbers() == [2, 11]


def test_one_of_those_who_try_creates_it(generations):
    with ThreadPoolExecutor(8) as pool:
        created = list(pool.map(lambda n: generations.create(Written(1, str(n))), range(8)))

    assert created.count(True) == 1
    assert generations.read(1) == Written(1, str(created.index(True)))


def test_who_lost_only_the_answer_has_created_it(environment, folder, uri, lose_answers):
    generations = numbered(Store.open(uri.bucket), folder)

    assert generations.create(Written(1, "mine"))
    assert not generations.create(Written(1, "another's"))


def test_what_never_arrived_is_an_error(environment, folder, uri, on_event):
    def fail(**_):
        raise UnreachableError

    on_event("before-send.s3.PutObject", fail)

    with pytest.raises(UnreachableError):
        numbered(Store.open(uri.bucket), folder).create(Written(1))


def test_all_are_read_in_order_and_a_gap_is_an_error(store, generations, fill):
    fill(3)
    assert list(generations) == [Written(1), Written(2), Written(3)]

    store.client.delete_object(Bucket=store.bucket, Key=generations.key(2))
    with pytest.raises(RecordError, match=r"00000002\.json is missing: restore the record"):
        list(generations)


def test_one_in_the_wrong_place_is_refused(store, generations):
    store.write(generations.key(2), Written(1).to_bytes())

    with pytest.raises(RecordError, match=r"00000002\.json says that it is generation 1 of 'numb"):
        generations.read(2)


def test_each_of_those_who_add_at_once_adds_one(generations):
    def add(n):
        return generations.add(
            lambda current: Written(current.number + 1 if current else 1, str(n))
        )

    with ThreadPoolExecutor(8) as pool:
        added = list(pool.map(add, range(8)))

    assert sorted(added, key=lambda record: record.number) == list(generations)
    assert [record.number for record in generations] == list(range(1, 9))


def test_who_proposes_what_is_there_adds_nothing(generations, fill):
    fill(2)

    assert generations.add(lambda current: current) == Written(2)
    assert generations.numbers() == [1, 2]


def test_losing_every_race_ends_with_an_error(generations, monkeypatch):
    monkeypatch.setattr(Generations, "create", lambda *_: False)

    with pytest.raises(OvertakenError, match=r"others wrote to .*/numbered/ 100 times meanwhile"):
        generations.add(lambda _: Written(1))
