"""Keys: how they are written, read, compared and changed; and the command that makes one."""

import hashlib
import subprocess
import sys

import pytest

from local.service import ROOT
from serving import access
from serving.access import Access, Key, new_key, parse_keys
from serving.errors import NoKeyError, ScopeError, SettingsError

HASH = hashlib.sha256(b"secret").hexdigest()
LINE = f"shop read sha256:{HASH}"


def test_a_key_is_long_random_and_not_in_its_line():
    (key, line), (other, _) = new_key("shop", "read"), new_key("shop", "read")

    assert key.startswith("estante_")
    assert len(key) == 51
    assert key != other
    assert key.removeprefix("estante_") not in line
    assert parse_keys(line, "x") == (Key("shop", "read", hashlib.sha256(key.encode()).hexdigest()),)


def test_a_file_has_lines_and_remarks():
    text = f"# the shop's\n\n  {LINE}  # until May\nops admin sha256:{HASH}\n"

    assert [(key.name, key.scope) for key in parse_keys(text, "x")] == [
        ("shop", "read"),
        ("ops", "admin"),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "keys has no key; make one with python -m serving key"),
        ("# none\n", "keys has no key"),
        (f"\nshop write sha256:{HASH}", "keys, line 2 is no key"),
        (f"shop read {HASH}", "a line is NAME SCOPE sha256:HEX"),
        (f"shop read sha256:{HASH[1:]}", "line 1 is no key"),
        (f"shop read sha256:{HASH.upper()}", "line 1 is no key"),
        (f"SHOP read sha256:{HASH}", "line 1 is no key"),
        (f"{LINE}\n{LINE}", "line 2: the name shop is taken above"),
    ],
)
def test_a_wrong_file_is_refused_and_no_hash_is_told(text, said):
    with pytest.raises(SettingsError) as caught:
        parse_keys(text, "keys")

    assert said in str(caught.value)
    assert HASH not in str(caught.value)


@pytest.mark.parametrize("content", [None, b"", b"\xff"])
def test_a_service_does_not_start_without_the_keys_it_is_told_to_ask_for(tmp_path, content):
    file = tmp_path / "keys"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(SettingsError, match=str(file)):
        Access(file)


def test_without_a_file_everything_is_open():
    open_ = Access()

    assert not open_.is_asked
    assert open_.require("admin", {}) is None


@pytest.mark.parametrize(
    "headers",
    [
        {b"authorization": b"Bearer secret"},
        {b"authorization": b"bearer  secret"},
        {b"x-api-key": b"secret"},
    ],
)
def test_a_known_key_lets_in(tmp_path, headers):
    (tmp_path / "keys").write_text(LINE)

    assert Access(tmp_path / "keys").require("read", headers) == "shop"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {b"authorization": b"secret"},
        {b"authorization": b"Basic secret"},
        {b"authorization": b"Bearer "},
        {b"authorization": b"Bearer secrets"},
        {b"authorization": b"Bearer " + HASH.encode()},
        {b"x-api-key": b"\xff\x00"},
        {b"authorization": b"Bearer wrong", b"x-api-key": b"secret"},
    ],
)
def test_nothing_else_does(tmp_path, headers):
    (tmp_path / "keys").write_text(LINE)

    with pytest.raises(NoKeyError):
        Access(tmp_path / "keys").require("read", headers)


def test_what_has_no_scope_needs_no_key(tmp_path):
    (tmp_path / "keys").write_text(LINE)

    assert Access(tmp_path / "keys").require(None, {}) is None


def test_a_key_to_read_is_none_to_administer(tmp_path):
    (tmp_path / "keys").write_text(LINE)

    with pytest.raises(ScopeError, match="the key shop has the scope read"):
        Access(tmp_path / "keys").require("admin", {b"x-api-key": b"secret"})


def test_keys_come_and_go_with_the_file_and_stay_when_it_is_broken(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(access, "REREAD_SECONDS", 0)
    file = tmp_path / "keys"
    file.write_text(LINE)
    keys = Access(file)

    def lets_in(key):
        try:
            keys.require("read", {b"x-api-key": key})
        except NoKeyError:
            return False
        return True

    new, line = new_key("new", "read")
    file.write_text(line)
    assert (lets_in(b"secret"), lets_in(new.encode())) == (False, True)
    for broken in ("nonsense", None):
        if broken is None:
            file.unlink()
        else:
            file.write_text(broken)
        assert [lets_in(new.encode()) for _ in range(3)] == [True] * 3
    assert len([r for r in caplog.records if "stay as they were" in r.getMessage()]) == 2

    file.write_text(LINE)
    assert (lets_in(b"secret"), lets_in(new.encode())) == (True, False)


def command(*arguments):
    command = [sys.executable, "-m", "serving", "key", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_command_makes_keys_one_by_one(tmp_path):
    file = tmp_path / "keys"
    shop = command("--file", str(file), "--name", "shop")
    ops = command("--file", str(file), "--name", "ops", "--scope", "admin")
    again = command("--file", str(file), "--name", "shop")

    assert (shop.returncode, ops.returncode, again.returncode) == (0, 0, 1)
    assert again.stderr == f"error: {file}, line 3: the name shop is taken above\n"
    assert file.stat().st_mode & 0o777 == 0o600
    keys = Access(file)
    assert keys.require("read", {b"x-api-key": shop.stdout.strip().encode()}) == "shop"
    assert keys.require("admin", {b"x-api-key": ops.stdout.strip().encode()}) == "ops"
