import json
import stat

import pytest

from registry import keys, signatures
from registry.commands import main
from registry.errors import KeysError

# The keys that RFC 8410 shows in its section 10.
RFC_PRIVATE = "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC"
RFC_PUBLIC = "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE="
PEM = "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n"


def test_keys_of_openssl_are_understood(tmp_path, monkeypatch):
    (tmp_path / "rfc.pem").write_text(PEM.format(RFC_PRIVATE))
    assert keys.make_key(tmp_path / "rfc.pem") == RFC_PUBLIC

    monkeypatch.setenv("ESTANTE_SIGNING_KEY", str(tmp_path / "rfc.pem"))
    monkeypatch.setenv("ESTANTE_PUBLIC_KEYS", RFC_PUBLIC)
    fields = {"name": "demo", "version": "v1"}
    signature = signatures.sign(fields, signatures.VERSION)
    signatures.require_trusted(fields, signature, "the record", signatures.VERSION)


def test_the_private_key_is_its_owners_alone_and_never_shown(tmp_path, capsys):
    file = tmp_path / "key.pem"
    assert main(["keys", str(file)]) == 0
    public_key = capsys.readouterr().out.strip()
    content = file.read_text()

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert public_key.startswith("MCowBQYDK2VwAyEA")
    assert main(["keys", str(file), "--json"]) == 0
    again = capsys.readouterr()
    assert json.loads(again.out)["public_key"] == public_key
    assert file.read_text() == content
    assert content.splitlines()[1] not in again.out + again.err
    assert [path.name for path in tmp_path.iterdir()] == ["key.pem"]


@pytest.mark.parametrize("content", ["", "notes", PEM.format("AAAA"), PEM.format("?"), "\xff"])
def test_another_file_is_no_key_and_stays_as_it_is(tmp_path, content):
    file = tmp_path / "notes"
    file.write_text(content)

    with pytest.raises(KeysError, match="holds no Ed25519 private key"):
        keys.make_key(file)

    assert file.read_text() == content
