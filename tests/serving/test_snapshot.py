import gc
import logging
import weakref
from dataclasses import replace

import pytest

from recommender.rules import Rules
from registry.pull import pull
from serving import snapshot as snapshots
from serving.errors import NotReadyError
from serving.loading import load
from serving.snapshot import Reference, Slot

DRY = Rules(exclude_categories=("drinks",))


def test_an_answer_says_that_its_model_is_stale_only_if_it_is():
    assert Reference("v1", "sha256:1").headers.keys() == {"X-Model-Version", "X-Model-Digest"}
    assert Reference("v1", "sha256:1", stale=True).headers["X-Model-Stale"] == "true"


def test_the_etag_is_that_of_model_and_rules(snapshot):
    others = [
        replace(snapshot, reference=replace(snapshot.reference, version="v2")),
        replace(snapshot, reference=replace(snapshot.reference, digest="sha256:2")),
        replace(snapshot, reference=replace(snapshot.reference, stale=True)),
        snapshot.under(DRY),
        snapshot.under(Rules()),
    ]

    assert replace(snapshot).etag == snapshot.etag
    assert len({one.etag for one in (snapshot, *others)}) == 1 + len(others)
    assert snapshot.etag.startswith('"')


def test_an_empty_slot_says_that_it_is_being_filled():
    with pytest.raises(NotReadyError, match="the model is being loaded"):
        Slot().current()


def test_a_slot_gives_back_what_was_put(snapshot):
    slot = Slot()
    slot.put(snapshot)

    assert slot.current() is snapshot


def test_a_slot_that_awaits_rules_serves_nothing_without_them(snapshot):
    slot = Slot("model", "rules.toml")
    slot.put(snapshot)
    with pytest.raises(NotReadyError):
        slot.require_ready()

    assert slot.put_rules(DRY)

    slot.require_ready()
    assert slot.current().rules_digest == DRY.digest
    assert slot.current().model is snapshot.model


def test_rules_hold_for_the_models_that_follow(snapshot):
    slot = Slot("model", "rules.toml")
    slot.put_rules(DRY)
    slot.put(snapshot)
    assert slot.current().rules_digest == DRY.digest
    slot.put(replace(snapshot, name="next"))

    assert slot.current().name == "next"
    assert slot.current().rules_digest == DRY.digest
    assert not slot.put_rules(Rules(exclude_categories=("drinks",)))


def test_rules_that_fail_change_nothing(snapshot, monkeypatch):
    slot = Slot("model", "rules.toml")
    slot.put_rules(DRY)
    slot.put(snapshot)
    before = slot.current()

    def fail(*_):
        raise IndexError

    monkeypatch.setattr(snapshots, "AppliedRules", fail)
    with pytest.raises(IndexError):
        slot.put_rules(Rules(max_per_category=1))
    assert slot.current() is before
    monkeypatch.undo()
    slot.put(snapshot)

    assert slot.current().rules_digest == DRY.digest


def test_staleness_is_told_of_the_snapshot_in_service_and_of_the_next(slot, snapshot):
    slot.mark_stale(stale=True)
    assert slot.current().reference.stale
    assert slot.current().model is snapshot.model
    slot.put(snapshot)
    assert slot.current().reference.stale

    slot.mark_stale(stale=False)

    assert slot.current().reference == snapshot.reference


def test_who_is_being_stopped_is_not_ready_but_answers(slot, snapshot):
    slot.require_ready()
    slot.draining = True

    with pytest.raises(NotReadyError, match="is being stopped"):
        slot.require_ready()
    assert slot.current() is snapshot


def test_a_reason_is_logged_once(caplog):
    slot = Slot()
    with caplog.at_level(logging.INFO, "estante.model"):
        for reason in ("gone", "gone", "damaged"):
            slot.explain(reason)

    assert [record.getMessage() for record in caplog.records] == [
        "not ready: gone",
        "not ready: damaged",
    ]


def test_a_replaced_model_is_freed_by_its_last_request(folder, caplog):
    """No cycle keeps it: the collector never looks at what was frozen."""
    caplog.set_level(logging.CRITICAL, "estante.model")  # records keep what they tell of

    first, second = load(pull(str(folder)), "cpu"), load(pull(str(folder)), "cpu")
    slot = Slot("model", "rules.toml")
    slot.put_rules(DRY)
    slot.put(first)
    gone = weakref.ref(first.model)
    gc.disable()
    try:
        of_a_request = slot.current()
        del first
        slot.put(second)
        assert gone() is not None
        del of_a_request
        assert gone() is None
    finally:
        gc.enable()


def test_the_description_names_customers_and_categories_to_try(slot, snapshot):
    told = slot.description(snapshot)

    assert told["n_customers"] == 1
    assert told["n_products"] == 3
    assert told["n_categories"] == 1
    assert told["modes"].keys() == {"discover", "rebuy"}
    assert told["metrics"] == {"recall": 0.5}
    assert told["lineage"] == {"seed": 7}
    assert told["examples"] == {"customer_ids": ["ana"], "categories": ["drinks"]}
    assert (told["last_refused"], told["unchecked"], told["rules"]) == (None, None, None)
