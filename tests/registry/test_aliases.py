import secrets

import pytest

from registry import aliases, objects
from registry.aliases import Generation
from registry.errors import AliasError, RecordError, URIError
from registry.store import Store


def generation(number):
    return Generation(
        alias="prod",
        generation=number,
        source=f"v{number - 1}" if number > 1 else None,
        target=f"v{number}",
        digest="sha256:" + "1" * 64,
        who="ana@host",
        when="2026-11-24T08:15:00Z",
        why="it is better",
        gate=None,
        nonce="0" * 32,
    )


@pytest.fixture
def alias(uri):
    return uri.at_alias("prod")


@pytest.fixture
def promoted(store, alias):
    """Return a function that writes a generation."""
    return lambda number: store.create(
        aliases.generations(store, alias).key(number), generation(number).to_bytes()
    )


def test_generations_and_the_pointer_have_their_places(store, alias, uri):
    assert aliases.generations(store, alias).key(7) == uri.key("history", "prod", "00000007.json")
    assert aliases.pointer_key(alias) == uri.key("aliases", "prod.json")


def test_a_generation_survives_as_from_and_to():
    data = generation(2).to_bytes()

    assert b'"from": "v1"' in data
    assert b'"to": "v2"' in data
    assert Generation.from_bytes(data, "here") == generation(2)


def test_an_alias_is_its_newest_generation(store, alias, promoted):
    for number in (1, 2, 3):
        promoted(number)

    assert aliases.read(store, alias) == generation(3)
    assert list(aliases.history(store, alias)) == [generation(number) for number in (1, 2, 3)]


@pytest.mark.parametrize(
    "pointer",
    [
        generation(1).to_bytes(),
        generation(2).to_bytes(),
        generation(3).to_bytes(),
        generation(9).to_bytes(),
        b"not a record",
    ],
    ids=["behind", "one behind", "right", "at what never was", "damaged"],
)
def test_whatever_the_pointer_says_the_newest_is_found(store, alias, promoted, pointer):
    for number in (1, 2, 3):
        promoted(number)
    store.write(aliases.pointer_key(alias), pointer)

    assert aliases.read(store, alias) == generation(3)


def test_a_right_pointer_saves_requests(environment, alias, promoted, sent):
    for number in (1, 2, 3):
        promoted(number)
    store = Store.open(alias.bucket)
    store.write(aliases.pointer_key(alias), generation(3).to_bytes())
    sent.clear()

    aliases.read(store, alias)

    assert [key.rpartition("/")[2] for _, key in sent] == [
        "prod.json",
        "00000003.json",
        "00000004.json",
    ]


def test_the_next_generation_is_none_until_it_exists(store, alias, promoted):
    assert aliases.generations(store, alias).read(1) is None

    promoted(1)

    assert aliases.generations(store, alias).read(1) == generation(1)


def test_an_alias_that_was_never_promoted_is_an_error(store, alias):
    with pytest.raises(
        AliasError, match=f"{alias} does not exist at http.*promote {alias} VERSION"
    ):
        aliases.read(store, alias)

    assert aliases.newest(store, alias) is None
    assert list(aliases.history(store, alias)) == []


def test_a_name_without_an_alias_is_refused(store, uri):
    with pytest.raises(URIError, match=f"{uri} names no alias: give {uri}@ALIAS"):
        aliases.read(store, uri)


def test_a_damaged_generation_is_refused_by_name(store, alias):
    store.write(aliases.generations(store, alias).key(1), b"half")

    with pytest.raises(
        RecordError, match=f"s3://shelf/{aliases.generations(store, alias).key(1)} is not"
    ):
        aliases.read(store, alias)


def test_aliases_are_listed_by_name(store, uri, alias, promoted):
    promoted(1)
    store.write(uri.key("history", "next", "00000001.json"), b"-")

    store.write(uri.key("history", "No Alias", "00000001.json"), b"-")
    store.write(uri.key("aliases", "lost.json"), b"-")
    store.write(uri.key("aliases", "notes.txt"), b"-")

    assert aliases.names(store, uri) == ["lost", "next", "prod"]


def test_an_alias_that_cannot_be_read_hides_no_other(store, uri, promoted, caplog):
    promoted(1)
    store.write(uri.key("history", "next", "00000001.json"), b"-")
    store.write(uri.key("aliases", "lost.json"), b"-")

    assert aliases.by_version(store, uri) == {"v1": ["prod"]}
    assert "warning: s3://shelf/" in caplog.text
    assert "@lost does not exist" in caplog.text


@pytest.mark.parametrize("missing", [[2], [1, 2]])
def test_a_history_without_its_newest_generation_is_an_error(store, alias, promoted, missing):
    for number in (1, 2):
        promoted(number)
        store.write(aliases.pointer_key(alias), generation(number).to_bytes())
    for number in missing:
        objects.delete(store, aliases.generations(store, alias).key(number))

    with pytest.raises(RecordError, match=rf"0{missing[0]}\.json is missing, .* generation 2:"):
        list(aliases.history(store, alias))


def test_a_damaged_pointer_is_seen_past(one_attempt, store, alias, promoted, rot):
    promoted(1)
    promoted(2)
    data = secrets.token_bytes(64)
    store.write(aliases.pointer_key(alias), data)
    rot(data)

    assert aliases.newest(store, alias) == generation(2)


def test_a_generation_in_the_wrong_place_is_refused_by_name(store, alias, promoted):
    promoted(1)
    promoted(2)
    store.write(aliases.generations(store, alias).key(3), generation(2).to_bytes())

    with pytest.raises(RecordError, match=r"00000003\.json says that it is generation 2"):
        aliases.read(store, alias)
