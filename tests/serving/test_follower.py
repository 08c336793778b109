"""Following on real object stores, look by look."""

import gc
import json
import logging
import shutil
import time
import weakref

import pytest

from recommender.rules import AppliedRules, Rules
from registry.push import push
from registry.store import Store
from registry.uri import parse_s3
from serving import follower as followers
from serving.errors import NotReadyError
from serving.follower import Follower
from serving.metrics import METRICS
from serving.model_source import ModelSource
from serving.settings import Settings
from serving.snapshot import Slot
from tests.serving.shelf import BUCKET, follow, product_ids, served, write_model


def refused():
    return METRICS.registry.get_sample_value("estante_refused_total", {"what": "model"})


def test_a_promotion_is_served_by_the_next_look(any_shelf):
    shelf = any_shelf
    for version in ("v1", "v2"):
        shelf.push(version, seed=int(version[1]))
    shelf.promote("v1")
    slot, follower = follow(shelf.alias)
    assert follower.step() == 0.01
    assert served(slot) == ("v1", False)
    first = slot.current()
    follower.step()
    assert slot.current() is first
    shelf.promote("v2")
    began = time.perf_counter()

    follower.step()

    print(f"looked, fetched, verified, tried: {time.perf_counter() - began:.3f} s")
    assert served(slot) == ("v2", False)
    assert slot.current().name == shelf.name.rpartition("/")[2]
    assert slot.current().uri == shelf.alias
    assert slot.description(slot.current())["generation"] == 2
    assert slot.description(slot.current())["last_refused"] is None


def test_the_same_version_again_changes_nothing(shelf):
    shelf.push("v1", seed=1)
    shelf.promote("v1")
    slot, follower = follow(shelf.alias)
    follower.step()
    first = slot.current()
    shelf.push("v2", seed=2)
    shelf.promote("v2")
    shelf.promote("v1")

    follower.step()

    assert slot.current() is first
    assert slot.model.generation == 3


def test_swaps_leave_nothing_behind(shelf):
    """Neither models nor garbage pile up among what the collector was told to pass over."""
    versions = ("v2", "v1")
    for version in versions:
        shelf.push(version, seed=int(version[1]))
    shelf.promote("v1")
    slot, follower = follow(shelf.alias)
    follower.step()
    models, frozen = [], []
    for number in range(10):
        shelf.promote(versions[number % 2])
        follower.step()
        models.append(weakref.ref(slot.current().model))
        frozen.append(gc.get_freeze_count())

    assert [model() is not None for model in models] == [False] * 9 + [True]
    assert frozen[-1] - frozen[2] < 100


def test_the_disk_keeps_the_model_in_service_and_the_former_one(shelf, tmp_path):
    slot, follower = follow(shelf.alias)
    for number in range(5):
        digest = shelf.push(f"v{number}", seed=number)
        shelf.promote(f"v{number}")
        follower.step()
        assert slot.current().reference.digest == digest

    kept = {f"sha256:{folder.name}" for folder in (tmp_path / "cache" / "models").iterdir()}
    assert len(kept) == 2
    assert digest in kept
    n_files = len([*shelf.version("v4").iterdir()]) - 1
    assert len([*(tmp_path / "cache" / "blobs").iterdir()]) <= 2 * n_files


def damage_blob(shelf, store):
    key = shelf.blob_key("v2", "scorer-factors.safetensors")
    body = store.client.get_object(Bucket=BUCKET, Key=key)["Body"].read()
    store.client.put_object(Bucket=BUCKET, Key=key, Body=body[:-1] + bytes([body[-1] ^ 1]))


def lose_blob(shelf, store):
    key = shelf.blob_key("v2", "history.safetensors")
    store.client.delete_object(Bucket=BUCKET, Key=key)


def lose_version(shelf, store):
    store.client.delete_object(Bucket=BUCKET, Key=shelf.key("versions", "v2.json"))


BAD = {
    "damaged": (damage_blob, {}, "is damaged: its SHA-256 is"),
    "incomplete": (lose_blob, {}, "history|blobs"),
    "gone": (lose_version, {}, "v2"),
    "failing": (None, {"weight": 1e30}, "a score that is no number"),
}


@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid value")
@pytest.mark.parametrize("kind", BAD)
def test_a_bad_model_is_refused_and_the_old_one_stays(shelf, kind, soon, caplog):
    spoil, sizes, why = BAD[kind]
    shelf.push("v1", seed=1)
    shelf.push("v2", seed=2, **({"weight": 1e39} if sizes else {}))
    shelf.push("v3", seed=3)
    shelf.promote("v1")
    slot, follower = follow(shelf.alias)
    follower.step()
    shelf.promote("v2")
    if spoil:
        spoil(shelf, Store.open(BUCKET))
    before = refused()

    with caplog.at_level(logging.INFO, "estante.model"):
        for _ in range(3):
            follower.step()

    assert served(slot) == ("v1", True)
    told = slot.description(slot.current())["last_refused"]
    assert told.what == f"{shelf.name}:v2"
    assert told.when.endswith("Z")
    assert any(part in told.why for part in why.split("|"))
    errors = [record for record in caplog.records if record.levelname == "ERROR"]
    assert [error.exc_info for error in errors] == [None]
    assert refused() == before + 1

    shelf.promote("v3")
    follower.step()
    assert served(slot) == ("v3", False)


def test_a_model_of_another_format_is_refused(shelf, soon):
    shelf.push("v1", seed=1)
    shelf.promote("v1")
    slot, follower = follow(shelf.alias)
    follower.step()
    write_model(shelf.version("v2"), 2)
    manifest = shelf.version("v2") / "manifest.json"
    fields = json.loads(manifest.read_text())
    fields["scorers"]["factors"]["kind"] = "oracle"
    manifest.write_text(json.dumps(fields))
    push(shelf.version("v2"), f"{shelf.name}:v2", bento=False)
    shelf.promote("v2")

    follower.step()

    assert served(slot) == ("v1", True)
    assert "oracle" in slot.model.last_refused.why


def test_what_was_refused_is_tried_again_ever_less_often(shelf, monkeypatch):
    monkeypatch.setattr(followers, "RETRY_PAUSE", 0.05)
    shelf.push("v1", seed=1)
    shelf.push("v2", seed=2)
    shelf.promote("v1")
    slot, follower = follow(shelf.alias)
    follower.step()
    shelf.promote("v2")
    store = Store.open(BUCKET)
    key = shelf.blob_key("v2", "history.safetensors")
    body = store.client.get_object(Bucket=BUCKET, Key=key)["Body"].read()
    lose_blob(shelf, store)
    tried = []
    serve = ModelSource.serve
    monkeypatch.setattr(
        ModelSource, "serve", lambda *args: tried.append(time.monotonic()) or serve(*args)
    )
    until = time.monotonic() + 1
    while time.monotonic() < until:
        follower.step()
        time.sleep(0.01)
    assert 3 <= len(tried) <= 5  # after 0.05, 0.1, 0.2, 0.4 s
    assert tried[-1] - tried[-2] > 1.5 * (tried[1] - tried[0])

    store.client.put_object(Bucket=BUCKET, Key=key, Body=body)
    while served(slot) != ("v2", False) and time.monotonic() < until + 5:
        follower.step()
        time.sleep(0.01)

    assert served(slot) == ("v2", False)
    assert slot.model.last_refused is None


def test_a_folder_is_read_once(folder):
    slot, follower = follow(str(folder))

    assert follower.step() is None
    assert slot.current().uri == str(folder)


def test_a_folder_that_is_damaged_is_served_when_it_is_mended(folder, soon, caplog):
    hidden = folder.rename(folder.with_name("elsewhere"))
    slot, follower = follow(str(folder))
    with caplog.at_level(logging.INFO, "estante.model"):
        for _ in range(3):
            assert follower.step() is not None
    with pytest.raises(NotReadyError, match="holds no model"):
        slot.current()
    assert [record.levelname for record in caplog.records] == ["ERROR", "ERROR"]
    shutil.copytree(hidden, folder)

    assert follower.step() is None
    assert served(slot)[1] is False


def test_rules_of_the_new_model_are_those_in_force(shelf):
    for version in ("v1", "v2"):
        shelf.push(version, seed=int(version[1]))
    shelf.promote("v1")
    rules = Rules(exclude_products=("p1", "p2", "p3"), max_per_category=2)
    slot = Slot(shelf.alias, shelf.rules)
    slot.put_rules(rules)
    source = ModelSource(Settings(model=shelf.alias, device="cpu"), slot)
    follower = Follower(source, slot, slot.model, 0.01)
    follower.step()
    shelf.promote("v2")
    follower.step()

    current = slot.current()
    applied = AppliedRules(rules, current.model.catalogue)
    expected = product_ids(shelf.version("v2"), "c3", applied)
    assert product_ids(shelf.version("v2"), "c3", current.rules) == expected
    assert len(expected) == 14  # seven aisles
    assert parse_s3(shelf.alias).alias == "prod"
