from contextlib import closing
from itertools import count
from threading import Barrier, Event, Lock

import pytest

from registry.parallel import each


def test_results_come_in_the_order_of_the_inputs():
    late = Event()

    def call(number):
        if number == 0:
            assert late.wait(10)
        else:
            late.set()
        return 10 * number

    assert list(each(call, range(20))) == [10 * number for number in range(20)]
    assert list(each(call, [])) == []


def test_calls_are_made_several_at_once():
    together = Barrier(3)
    calls = each(lambda _: together.wait(10), range(9), at_once=3)
    assert len(list(calls)) == 9  # else the barrier breaks


def test_inputs_are_taken_as_they_are_needed():
    taken = []

    def numbers():
        for number in count():
            taken.append(number)
            yield number

    with closing(each(lambda number: number, numbers(), at_once=2)) as results:
        assert [next(results) for _ in range(3)] == [0, 1, 2]

    assert len(taken) <= 3 + 4


def test_after_an_error_nothing_more_is_begun():
    begun, lock = [], Lock()

    def call(number):
        with lock:
            begun.append(number)
        if number == 3:
            raise ValueError(number)

    with pytest.raises(ValueError, match="3"):
        list(each(call, range(100), at_once=2))

    assert len(begun) <= 3 + 1 + 4
