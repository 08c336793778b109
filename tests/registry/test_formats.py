"""The records as docs/formats/ describes them to others."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, ValidationError

from recommender.rules import Rules
from registry import aliases, claims, garbage, removed, rules, sweeps, versions
from registry.keys import make_key
from registry.promotion import promote
from registry.push import push
from registry.retention import Retention
from registry.rules_push import push_rules

FORMATS = Path(__file__).parents[2] / "docs" / "formats"


def check(value, schema):
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(value)


def schema(name):
    return json.loads((FORMATS / f"{name}.schema.json").read_text())


@pytest.fixture
def signing(tmp_path, monkeypatch):
    make_key(tmp_path / "key.pem")
    monkeypatch.setenv("ESTANTE_SIGNING_KEY", str(tmp_path / "key.pem"))


@pytest.fixture
def stored(store, uri, model, artifact, signing):
    """Return what the bucket holds after two promotions: version, first and second generation."""
    for version in ("v1", "v2"):
        push(artifact, f"{model}:{version}", bento=False)
        promote(f"{model}@prod", version, why="for the test", gate={"passed": True})
    alias = uri.at_alias("prod")
    keys = [versions.key(uri, "v1"), *map(aliases.generations(store, alias).key, (1, 2))]
    keys.append(aliases.pointer_key(alias))
    return [json.loads(store.read(key)) for key in keys]


def test_stored_records_are_of_their_form_and_every_field_is_described(stored):
    version, *generations = stored

    check(version, schema("version"))
    assert set(version) == set(schema("version")["properties"])
    for generation in generations:
        check(generation, schema("generation"))
        assert set(generation) == set(schema("generation")["properties"])


@pytest.mark.usefixtures("signing")
def test_records_of_rules_and_of_upkeep_are_of_their_form(store, uri, model, artifact):
    push(artifact, f"{model}:v1", bento=False)
    given = Rules(("4011",), ("TOBACCO",), ("1",), 3, {"WINE": 1})
    push_rules(given, f"{model}@default", why="for the test")
    with claims.claim(store, uri, "v2", ["0" * 64]):
        (claimed,) = store.keys(claims.folder(uri))
        garbage.remove(model, Retention(versions=0), timedelta(seconds=-60))
        swept = sweeps.generations(store, uri)
        keys = {
            rules.generations(store, uri.at_alias("default")).key(1): "rules",
            claimed: "claim",
            swept.key(1): "sweep",
            swept.key(2): "sweep",
            removed.key(uri, "v1"): "removed",
        }
        for key, kind in keys.items():
            record = json.loads(store.read(key))
            check(record, schema(kind))
            assert set(record) == set(schema(kind)["properties"])
            with pytest.raises(ValidationError):
                check(record | {"when": "yesterday"}, schema(kind))


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("version", {"digest": "sha256:123"}),
        ("version", {"name": "Demo"}),
        ("version", {"blobs": {"a": {"size": -1, "sha256": "0" * 64}}}),
        ("generation", {"generation": 0}),
        ("generation", {"to": None}),
        ("generation", {"when": "yesterday"}),
        ("generation", {"seal": {"sha256": "0"}}),
        ("generation", {"seal": {"sha256": "0" * 64, "signature": {"algorithm": "none"}}}),
    ],
)
def test_records_of_another_form_are_not(stored, kind, change):
    record = stored[0] if kind == "version" else stored[1]

    with pytest.raises(ValidationError):
        check(record | change, schema(kind))
