import logging
import socket

import pytest

from serving.exposure import listening, warnings


@pytest.mark.parametrize("addresses", [[], ["127.0.0.1"], ["127.0.0.2", "::1"]])
def test_on_this_machine_alone_nothing_is_warned_of(addresses):
    assert warnings(addresses, guarded=False) == ()


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "192.0.2.7"])
def test_an_open_address_without_keys_is_warned_of(address, caplog):
    with caplog.at_level(logging.WARNING, "estante.access"):
        [warning] = warnings([address, "127.0.0.1"], guarded=False)

    assert f"listens on {address}: " in warning
    assert "ESTANTE_API_KEYS_FILE" in warning
    assert warning in caplog.text
    assert warnings([address], guarded=True) == ()


def test_where_a_process_listens_is_found():
    with socket.create_server(("127.0.0.3", 0)):
        assert "127.0.0.3" in listening()

    assert "127.0.0.3" not in listening()
