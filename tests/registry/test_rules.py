import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from recommender.rules import Rules
from registry import rules
from registry.errors import OvertakenError, RecordError, RulesError, URIError
from registry.rules import RulesRecord
from registry.rules_file import read_file
from registry.rules_push import push_rules

GIVEN = {
    "exclude_products": ["4012", "4011", "4012"],
    "exclude_categories": ["TOBACCO"],
    "available_products": ["1", "2"],
    "max_per_category": 3,
    "max_in_category": {"WINE": 1},
}


@pytest.fixture
def named(uri):
    return uri.at_alias("default")


def test_files_are_toml_or_json(tmp_path):
    (tmp_path / "rules.json").write_text(json.dumps(GIVEN))
    (tmp_path / "rules.toml").write_text(
        'exclude_products = ["4011", "4012"]\nexclude_categories = ["TOBACCO"]\n'
        'available_products = ["1", "2"]\nmax_per_category = 3\n[max_in_category]\nWINE = 1\n'
    )

    assert read_file(tmp_path / "rules.json") == read_file(tmp_path / "rules.toml")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("none.toml", None, r"cannot be read as rules \(No such file"),
        ("bad.toml", b"max_per_category", "give a TOML file, or one of JSON whose name ends in"),
        ("bad.json", b"{", "cannot be read as rules"),
        ("bad.json", b"\xff", "cannot be read as rules"),
        ("list.json", b"[]", "must hold rules by their names"),
        ("bad.json", b'{"max_per_category": 0}', r"max_per_category in .*bad\.json is 0"),
    ],
)
def test_other_files_are_refused(tmp_path, name, content, message):
    if content is not None:
        (tmp_path / name).write_bytes(content)

    with pytest.raises(RulesError, match=message):
        read_file(tmp_path / name)


def test_each_push_is_a_generation(store, uri, named):
    first = push_rules(Rules(max_per_category=3), str(named), why="variety", who="ana@host")
    second = push_rules(Rules(exclude_products=("4011",)), str(named), why="sold out")

    assert (first.name, first.generation, first.who, first.why) == (
        "default",
        1,
        "ana@host",
        "variety",
    )
    assert store.read(uri.key("rules", "default", "00000002.json")) == second.to_bytes()
    assert rules.read(store, named) == second
    assert rules.generations(store, named).newest(1) == second
    assert rules.generations(store, named).read(1) == first
    assert rules.generations(store, named).read(3) is None
    assert list(rules.generations(store, named)) == [first, second]
    assert rules.names(store, uri) == ["default"]


def test_pushing_what_holds_changes_nothing(store, named):
    first = push_rules(Rules(max_per_category=3), str(named), why="variety")

    assert push_rules(Rules(max_per_category=3), str(named), why="again") == first
    assert len(list(rules.generations(store, named))) == 1


def test_who_changes_what_was_there_is_told_who_was_faster(named):
    with pytest.raises(OvertakenError, match="has no generation 1: there is none yet"):
        push_rules(Rules(), str(named), why="-", follows=1)
    push_rules(Rules(), str(named), why="the first", who="ana@host", follows=0)

    with pytest.raises(
        OvertakenError, match="is at generation 1, not 0: ana@host pushed these rules"
    ):
        push_rules(Rules(max_per_category=1), str(named), why="-", follows=0)


def test_pushers_at_once_each_make_a_generation(store, named, own_clients):
    def push(number):
        return push_rules(Rules(max_per_category=number), str(named), why="race")

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(push, range(1, 9)))

    assert sorted(made, key=lambda record: record.generation) == list(
        rules.generations(store, named)
    )
    assert len({record.generation for record in made}) == 8


def test_a_push_whose_answer_was_lost_counts_once(store, named, lose_answers):
    made = push_rules(Rules(max_per_category=1), str(named), why="the answer is lost")

    assert list(rules.generations(store, named)) == [made]


def test_rules_that_are_not_there_are_an_error(store, named, uri):
    with pytest.raises(RulesError, match=f"no rules {named} at http.*rules push FILE {named}"):
        rules.read(store, named)
    with pytest.raises(URIError, match=f"{uri} names no rules: give {uri}@RULES"):
        rules.read(store, uri)
    assert list(rules.generations(store, named)) == []


def test_rules_that_are_not_those_of_their_digest_are_refused(store, named):
    made = push_rules(Rules(max_per_category=1), str(named), why="-")
    key = rules.generations(store, named).key(1)
    store.write(key, made.to_bytes().replace(b'"max_per_category": 1', b'"max_per_category": 9'))
    with pytest.raises(RecordError, match=f"s3://shelf/{key} is damaged: its rules are not those"):
        rules.read(store, named)

    store.write(key, made.to_bytes().replace(b"max_per_category", b"max_per_colour"))
    with pytest.raises(RecordError, match=r"unknown rule .* or by a newer"):
        rules.read(store, named)


def test_a_generation_in_the_wrong_place_or_missing_is_an_error(store, named):
    made = [push_rules(Rules(max_per_category=n), str(named), why="-") for n in (1, 2, 3)]
    kept = rules.generations(store, named)
    store.write(kept.key(2), made[0].to_bytes())
    with pytest.raises(RecordError, match="says that it is generation 1 of 'default'"):
        rules.generations(store, named).read(2)

    store.client.delete_object(Bucket=named.bucket, Key=kept.key(2))
    with pytest.raises(RecordError, match=r"00000002\.json is missing"):
        list(rules.generations(store, named))


def test_a_record_survives(named):
    made = push_rules(Rules.from_fields(GIVEN, "here"), str(named), why="-")

    assert RulesRecord.from_bytes(made.to_bytes(), "here") == made
