import socket

import pytest

from local import ports


@pytest.fixture
def taken_port():
    with socket.socket() as listener:
        listener.bind((ports.LOOPBACK, 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_free_ports_are_different_and_can_be_listened_on():
    chosen = ports.free(20)

    assert len(set(chosen)) == 20
    assert all(ports.is_free(port) for port in chosen)
    assert all(20_000 <= port < 32_000 for port in chosen)


def test_a_port_somebody_listens_on_is_not_free(taken_port):
    assert not ports.is_free(taken_port)


def test_the_next_free_port_skips_taken_ones(taken_port):
    assert ports.next_free(taken_port) > taken_port


def test_the_next_free_port_is_the_first_when_that_is_free():
    first = ports.free(1)[0]

    assert ports.next_free(first) == first


def test_no_free_port_is_an_error():
    with pytest.raises(OSError, match="no free port from 65536"):
        ports.next_free(65_536)
