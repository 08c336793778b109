"""Following rules: in a bucket, and in a file."""

import json
import logging

import pytest

from local import ports
from recommender.rules import Rules
from registry.store import Store
from serving import follower as followers
from serving.errors import NotReadyError
from serving.follower import Follower
from serving.rules_source import rules_source
from serving.snapshot import Slot
from tests.serving.shelf import BUCKET

DRY = {"exclude_categories": ["drinks"]}


def follow(uri, snapshot):
    """Return a slot that has a model, and a follower of rules for it that has not looked yet."""
    slot = Slot("model", uri)
    slot.put(snapshot)
    return slot, Follower(rules_source(slot.rules, slot), slot, slot.rules, poll_seconds=0.01)


def told(slot):
    return slot.description(slot.current())["rules"]


def test_new_rules_are_in_force_by_the_next_look(any_shelf, snapshot):
    any_shelf.push_rules(max_per_category=1)
    slot, follower = follow(any_shelf.rules, snapshot)
    follower.step()
    assert slot.current().rules_digest == Rules(max_per_category=1).digest
    assert told(slot)["generation"] == 1
    any_shelf.push_rules(max_per_category=2)
    rules = {"max_per_category": 3, "exclude_products": ["no such", "nor this"]}
    any_shelf.push_rules(**rules)

    follower.step()

    digest = Rules.from_fields(rules, "here").digest
    assert slot.current().rules_digest == digest
    assert slot.current().model is snapshot.model
    assert told(slot) == {
        "uri": any_shelf.rules,
        "generation": 3,
        "digest": digest,
        "unknown_ids": {"exclude_products": 2},
        "stale": False,
        "last_refused": None,
        "unchecked": None,
    }
    before = slot.current()
    follower.step()
    assert slot.current() is before


def test_bad_rules_are_refused_and_the_old_ones_stay(shelf, snapshot, monkeypatch, caplog):
    monkeypatch.setattr(followers, "RETRY_PAUSE", 0.0)
    shelf.push_rules(max_per_category=1)
    slot, follower = follow(shelf.rules, snapshot)
    follower.step()
    Store.open(BUCKET).write(shelf.key("rules", "default", "00000002.json"), b'{"rules": 7}')

    with caplog.at_level(logging.INFO, "estante.rules"):
        for _ in range(3):
            follower.step()

    assert slot.current().rules_digest == Rules(max_per_category=1).digest
    assert (told(slot)["generation"], told(slot)["stale"]) == (1, True)
    assert told(slot)["last_refused"].what == "generation 2"
    assert "00000002.json" in told(slot)["last_refused"].why
    said = [record.levelname for record in caplog.records if record.name == "estante.rules"]
    assert said == ["ERROR"]
    assert slot.current().reference.stale is False  # the model is not


def test_nothing_is_served_before_there_are_rules(shelf, snapshot):
    slot, follower = follow(shelf.rules, snapshot)
    follower.step()
    with pytest.raises(NotReadyError, match=f"there are no rules {shelf.rules}"):
        slot.require_ready()

    shelf.push_rules(max_per_category=1)
    follower.step()

    slot.require_ready()


def test_the_last_rules_hold_where_the_store_is_away(shelf, snapshot, monkeypatch):
    shelf.push_rules(max_per_category=1)
    follow(shelf.rules, snapshot)[1].step()
    [port] = ports.free(1)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://127.0.0.1:{port}")
    slot, follower = follow(shelf.rules, snapshot)

    follower.step()

    assert slot.current().rules_digest == Rules(max_per_category=1).digest
    assert (told(slot)["generation"], told(slot)["stale"]) == (1, True)
    assert told(slot)["unchecked"].since.endswith("Z")


def test_a_file_is_read_again_when_it_has_changed(tmp_path, snapshot, monkeypatch):
    monkeypatch.setattr(followers, "RETRY_PAUSE", 0.0)
    path = tmp_path / "rules.json"
    path.write_text(json.dumps(DRY))
    slot, follower = follow(str(path), snapshot)
    follower.step()
    assert slot.current().rules_digest == Rules(exclude_categories=("drinks",)).digest
    assert told(slot)["generation"] is None
    before = slot.current()
    follower.step()
    assert slot.current() is before

    path.write_text('{"max_per_categry": 1}')
    follower.step()
    assert slot.current() is before
    assert "did you mean 'max_per_category'?" in told(slot)["last_refused"].why

    path.unlink()
    follower.step()
    assert slot.current() is before
    assert "No such file" in told(slot)["unchecked"].why

    path.write_text('{"max_per_category": 1}')
    follower.step()
    assert slot.current().rules_digest == Rules(max_per_category=1).digest
    assert (told(slot)["unchecked"], told(slot)["stale"]) == (None, False)
