"""Signed versions: what a reader with trusted keys takes, and what it refuses."""

import base64
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from registry import keys, records, signatures, versions
from registry.commands import main
from registry.errors import KeysError, RecordError, SignatureError, VersionError
from registry.promotion import promote
from registry.pull import last, pull
from registry.push import push
from registry.uri import parse_s3

FORMATS = Path(__file__).parents[2] / "docs" / "formats"
# The keys that RFC 8410 shows in its section 10.
RFC_PRIVATE = "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC"
RFC_PUBLIC = "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE="


@pytest.fixture(autouse=True)
def no_keys(monkeypatch):
    monkeypatch.delenv("ESTANTE_SIGNING_KEY", raising=False)
    monkeypatch.delenv("ESTANTE_PUBLIC_KEYS", raising=False)


@pytest.fixture
def public_key(tmp_path):
    return keys.make_key(tmp_path / "key.pem")


@pytest.fixture
def another_key(tmp_path):
    return keys.make_key(tmp_path / "another.pem")


@pytest.fixture
def signed(public_key, tmp_path, monkeypatch, artifact, model):
    """Push a signed version; from now on only its key is trusted."""
    monkeypatch.setenv("ESTANTE_SIGNING_KEY", str(tmp_path / "key.pem"))
    record = push(artifact, f"{model}:v1", bento=False)
    monkeypatch.setenv("ESTANTE_PUBLIC_KEYS", public_key)
    return record


def test_a_signed_version_is_read_by_who_trusts_its_key(signed, model, public_key, digest):
    assert signed.signature["public_key"] == public_key
    assert promote(f"{model}@prod", "v1", why="signed").digest == signed.digest
    assert pull(f"{model}@prod").digest == signed.digest
    assert pull(f"{model}:v1").digest == signed.digest


def test_a_signed_record_is_of_its_form(signed, uri, store):
    schema = json.loads((FORMATS / "version.schema.json").read_text())
    record = json.loads(store.read(versions.key(uri, "v1")))

    Draft202012Validator(schema).validate(record)
    record["signature"]["value"] = "AAAA"
    assert not Draft202012Validator(schema).is_valid(record)


def test_who_names_no_keys_reads_signed_and_unsigned(signed, model, artifact, monkeypatch):
    monkeypatch.delenv("ESTANTE_PUBLIC_KEYS")
    monkeypatch.delenv("ESTANTE_SIGNING_KEY")
    push(artifact, f"{model}:v2", bento=False)

    assert pull(f"{model}:v1").digest == pull(f"{model}:v2").digest


def test_an_unsigned_version_is_refused_and_nothing_of_it_fetched(
    artifact, model, public_key, monkeypatch, sent
):
    push(artifact, f"{model}:v1", bento=False)
    promote(f"{model}@prod", "v1", why="unsigned")
    monkeypatch.setenv("ESTANTE_PUBLIC_KEYS", public_key)
    sent.clear()

    with pytest.raises(SignatureError, match="is not signed, and ESTANTE_PUBLIC_KEYS is set"):
        pull(f"{model}@prod")

    assert sent[-1][1].endswith("/versions/v1.json")
    assert not [key for _, key in sent if "/blobs/" in key]


def test_an_unsigned_version_is_not_promoted(artifact, model, public_key, monkeypatch):
    push(artifact, f"{model}:v1", bento=False)
    monkeypatch.setenv("ESTANTE_PUBLIC_KEYS", public_key)

    with pytest.raises(SignatureError):
        promote(f"{model}@prod", "v1", why="unsigned")


def test_a_version_that_is_there_is_not_signed_afterwards(
    artifact, model, public_key, another_key, tmp_path, monkeypatch
):
    push(artifact, f"{model}:v1", bento=False)
    monkeypatch.setenv("ESTANTE_SIGNING_KEY", str(tmp_path / "key.pem"))
    with pytest.raises(VersionError, match=r"there already, unsigned, .* as another version"):
        push(artifact, f"{model}:v1", bento=False)
    push(artifact, f"{model}:v2", bento=False)
    push(artifact, f"{model}:v2", bento=False)  # as it is
    monkeypatch.setenv("ESTANTE_SIGNING_KEY", str(tmp_path / "another.pem"))
    with pytest.raises(VersionError, match=f"signed by {re.escape(public_key)}"):
        push(artifact, f"{model}:v2", bento=False)


def test_another_key_is_refused_until_it_is_trusted_too(
    signed, model, public_key, another_key, monkeypatch
):
    monkeypatch.setenv("ESTANTE_PUBLIC_KEYS", another_key)
    with pytest.raises(SignatureError, match="none of ESTANTE_PUBLIC_KEYS"):
        pull(f"{model}:v1")

    monkeypatch.setenv("ESTANTE_PUBLIC_KEYS", f"{another_key}, {public_key}")
    assert pull(f"{model}:v1").digest == signed.digest


def test_a_copy_is_used_only_as_long_as_its_signer_is_trusted(
    signed, model, public_key, another_key, monkeypatch
):
    uri = parse_s3(f"{model}:v1")
    pull(str(uri))
    assert last(uri).digest == signed.digest

    monkeypatch.setenv("ESTANTE_PUBLIC_KEYS", another_key)
    with pytest.raises(SignatureError, match="not signed by any of ESTANTE_PUBLIC_KEYS when"):
        last(uri)
    monkeypatch.delenv("ESTANTE_PUBLIC_KEYS")
    assert last(uri).digest == signed.digest


def test_a_copy_that_was_fetched_unchecked_is_not_trusted(signed, model, public_key, monkeypatch):
    monkeypatch.delenv("ESTANTE_PUBLIC_KEYS")
    uri = parse_s3(f"{model}:v1")
    pull(str(uri))
    monkeypatch.setenv("ESTANTE_PUBLIC_KEYS", public_key)

    with pytest.raises(SignatureError):
        last(uri)


def other(value):
    """Return a value of the same type that differs a little."""
    if isinstance(value, dict):
        name = min(value)
        return value | {name: other(value[name])}
    return value + 1 if isinstance(value, int) else value[:-1] + ("0" if value[-1] != "0" else "1")


@pytest.mark.parametrize("field", ["name", "version", "digest", "who", "when", "blobs", "added"])
def test_every_field_is_bound(signed, model, uri, store, field):
    key = versions.key(uri, "v1")
    fields = json.loads(store.read(key))
    store.write(key, records.to_bytes(fields | {field: other(fields.get(field, "new"))}))

    with pytest.raises(
        RecordError, match=r"not what was signed|not written by this tool"
    ) as caught:
        pull(f"{model}:v1")

    assert isinstance(caught.value, SignatureError) == (field not in {"name", "version"})


def test_sizes_and_hashes_of_blobs_are_bound_each(signed, model, uri, store):
    key = versions.key(uri, "v1")
    fields = json.loads(store.read(key))
    for name, blob in fields["blobs"].items():
        for part, value in blob.items():
            changed = fields["blobs"] | {name: blob | {part: other(value)}}
            store.write(key, records.to_bytes(fields | {"blobs": changed}))
            with pytest.raises(SignatureError, match="not what was signed"):
                pull(f"{model}:v1")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"value": base64.b64encode(bytes(64)).decode()}, "not what was signed"),
        ({"value": "AAAA"}, "not what was signed"),
        ({"value": "?"}, "no ed25519 signature"),
        ({"value": 1}, "no ed25519 signature"),
        ({"algorithm": "none"}, "no ed25519 signature"),
        ({"public_key": RFC_PUBLIC}, "none of ESTANTE_PUBLIC_KEYS"),
        ({"public_key": None}, "none of ESTANTE_PUBLIC_KEYS"),
    ],
)
def test_every_part_of_the_signature_counts(signed, model, uri, store, change, message):
    key = versions.key(uri, "v1")
    fields = json.loads(store.read(key))
    store.write(key, records.to_bytes(fields | {"signature": fields["signature"] | change}))

    with pytest.raises(SignatureError, match=message):
        pull(f"{model}:v1")


@pytest.mark.usefixtures("signed", "another_key")
def test_an_attacker_who_trusts_himself_is_refused(model, uri, store, tmp_path, monkeypatch):
    key = versions.key(uri, "v1")
    fields = json.loads(store.read(key)) | {"digest": "sha256:" + "0" * 64}
    monkeypatch.setenv("ESTANTE_SIGNING_KEY", str(tmp_path / "another.pem"))
    signature = signatures.sign(fields, signatures.VERSION)
    store.write(key, records.to_bytes(fields | {"signature": signature}))

    with pytest.raises(SignatureError, match="none of ESTANTE_PUBLIC_KEYS"):
        pull(f"{model}:v1")


def test_a_signed_record_is_worth_nothing_under_another_name_or_version(signed, model, uri, store):
    record = store.read(versions.key(uri, "v1"))
    store.write(versions.key(uri, "v2"), record)
    store.write(f"models/other-{uri.name}/versions/v1.json", record)

    with pytest.raises(RecordError, match="v1'"):
        pull(f"{model}:v2")
    with pytest.raises(RecordError, match=f"{uri.name}:v1'"):
        pull(f"{model.replace(uri.name, f'other-{uri.name}')}:v1")


def test_a_copy_of_a_whole_model_is_as_good(signed, model, uri, store):
    """Bucket and prefix are not signed: models may be moved, and mirrored."""
    for key in list(store.keys(uri.key(""))):
        store.write(f"moved/{key}", store.read(key))

    assert pull(f"s3://{uri.bucket}/moved/{uri.key()}:v1").digest == signed.digest


def test_half_a_character_in_a_record_is_an_error(signed, model, uri, store):
    key = versions.key(uri, "v1")
    store.write(key, store.read(key).replace(b'"who": "', b'"who": "\\ud800'))

    with pytest.raises(RecordError, match=r"v1.json is not JSON .*surrogates not allowed"):
        pull(f"{model}:v1")


def test_unsigned_versions_are_listed_with_a_warning(signed, artifact, model, monkeypatch, capsys):
    monkeypatch.delenv("ESTANTE_SIGNING_KEY")
    assert main(["push", str(artifact), f"{model}:v2", "--no-bento"]) == 0

    assert main(["list", model]) == 0
    assert "v2.json is not signed" in capsys.readouterr().err


def test_verify_names_what_is_not_signed(signed, artifact, model, monkeypatch, capsys):
    assert main(["verify", model]) == 0
    monkeypatch.delenv("ESTANTE_SIGNING_KEY")
    push(artifact, f"{model}:v2", bento=False)
    capsys.readouterr()

    assert main(["verify", model]) == 1
    printed = capsys.readouterr()
    assert "v2.json is not signed" in printed.out + printed.err
    assert "v1.json" not in printed.out + printed.err


def test_a_push_with_an_unusable_key_sends_nothing(artifact, model, tmp_path, monkeypatch, sent):
    monkeypatch.setenv("ESTANTE_SIGNING_KEY", str(tmp_path / "nowhere.pem"))

    with pytest.raises(KeysError, match=r"nowhere.pem cannot be read \(No such file"):
        push(artifact, f"{model}:v1", bento=False)

    assert sent == []


@pytest.mark.parametrize("given", ["nonsense", f"{RFC_PUBLIC},x", RFC_PRIVATE, " , ", ""])
def test_keys_that_are_none_trust_nobody(signed, model, monkeypatch, given):
    monkeypatch.setenv("ESTANTE_PUBLIC_KEYS", given)

    with pytest.raises(KeysError, match="ESTANTE_PUBLIC_KEYS") as caught:
        pull(f"{model}:v1")

    assert RFC_PRIVATE not in str(caught.value)


def test_readers_without_keys_do_not_import_the_library():
    code = "import sys, registry.pull, registry.versions; sys.exit('nacl' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
