"""The real server while its store hangs, is gone, and comes back; rules that change meanwhile."""

import os
import signal
import time

import httpx
import pytest

from local import object_store, ports, service
from recommender import artifact
from recommender.rules import AppliedRules, Rules
from tests.serving.shelf import BUCKET, Shelf, product_ids, write_model

POLL = {"ESTANTE_POLL_SECONDS": "0.1"}


@pytest.fixture
def store(tmp_path, monkeypatch):
    """Run a store that this test may stop."""
    with object_store.started("seaweedfs", tmp_path / "store") as store:
        store.create_bucket(BUCKET)
        for name, value in store.environment().items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("ESTANTE_CACHE", str(tmp_path / "cache"))
        yield store
        os.kill(store.pid, signal.SIGCONT)


@pytest.fixture
def shelf(store, tmp_path):
    shelf = Shelf.new(tmp_path / "versions")
    for seed, version in enumerate(("v0", "v1", "v2")):
        shelf.push(version, seed)
    shelf.promote("v0")
    return shelf


def serving(uri, folder, **variables):
    port = ports.free(1)[0]
    return service.started(uri, folder, port=port, environment=POLL | variables)


def wait(what, seconds=20.0):
    """Wait until something is true; return how long it took."""
    began = time.perf_counter()
    while not what():
        assert time.perf_counter() - began < seconds
        time.sleep(0.02)
    return time.perf_counter() - began


def version(client):
    model = client.get("/v1/customers/c1/recommendations").json()["model"]
    return model["version"], model["stale"]


def test_a_store_that_hangs_keeps_nobody_waiting(store, shelf, tmp_path):
    with (
        serving(shelf.alias, tmp_path / "run") as server,
        httpx.Client(base_url=server.url, timeout=5) as client,
    ):
        os.kill(store.pid, signal.SIGSTOP)
        latencies = []

        def is_stale():
            began = time.perf_counter()
            stale = version(client)[1]
            latencies.append(time.perf_counter() - began)
            return stale

        stale_after = wait(is_stale, 40)
        answer = client.get("/v1/customers/c1/recommendations")
        assert answer.headers["x-model-stale"] == "true"
        assert client.get("/v1/model").json()["unchecked"]["why"]
        assert client.get("/readyz").status_code == 200
        os.kill(store.pid, signal.SIGCONT)
        fresh_after = wait(lambda: version(client) == ("v0", False))
        assert "x-model-stale" not in client.get("/v1/customers/c1/recommendations").headers
        assert client.get("/v1/model").json()["unchecked"] is None
        shelf.promote("v1")
        served_after = wait(lambda: version(client) == ("v1", False))
        refuses_what_is_bad(shelf, store, client)
    print(
        f"stale {stale_after:.1f} s after the store hung, fresh {fresh_after:.1f} s after it went "
        f"on; slowest answer meanwhile {1000 * max(latencies):.0f} ms; the next promotion was "
        f"served after {served_after:.2f} s"
    )
    assert max(latencies) < 2
    assert fresh_after < 5


def refuses_what_is_bad(shelf, store, client):
    """Promote a version of which a file is damaged, then a good one."""
    key = shelf.blob_key("v2", "history.safetensors")
    size = len(store.client().get_object(Bucket=BUCKET, Key=key)["Body"].read())
    store.client().put_object(Bucket=BUCKET, Key=key, Body=bytes(size))
    shelf.promote("v2")
    wait(lambda: client.get("/v1/model").json()["last_refused"] is not None)
    refused = client.get("/v1/model").json()["last_refused"]
    assert refused["what"] == f"{shelf.name}:v2"
    assert key in refused["why"]
    assert version(client) == ("v1", True)
    assert 'estante_refused_total{what="model"} 1.0' in client.get("/metrics").text
    shelf.promote("v0")
    wait(lambda: version(client) == ("v0", False))


def test_without_a_store_it_starts_from_the_last_copy_and_catches_up(store, shelf, tmp_path):
    with serving(shelf.alias, tmp_path / "first"):
        pass
    shelf.promote("v1")
    os.kill(store.pid, signal.SIGSTOP)
    began = time.perf_counter()
    with (
        serving(shelf.alias, tmp_path / "run") as server,
        httpx.Client(base_url=server.url, timeout=5) as client,
    ):
        print(f"ready after {time.perf_counter() - began:.1f} s without a store")
        assert version(client) == ("v0", True)
        assert "until" in server.child.log.read_text()
        os.kill(store.pid, signal.SIGCONT)
        print(f"caught up after {wait(lambda: version(client) == ('v1', False)):.1f} s")


def test_without_a_store_and_a_copy_it_starts_from_the_model_beside_it(
    shelf, tmp_path, monkeypatch
):
    """As an image does that has a model: a folder beside service.py."""
    root = tmp_path / "bento"
    root.mkdir()
    for name in ("serving", "recommender", "registry"):
        (root / name).symlink_to(service.ROOT / name)
    (root / "service.py").write_bytes((service.ROOT / "service.py").read_bytes())
    digest = write_model(root / "model", seed=9)
    monkeypatch.setattr(service, "ROOT", root)
    gone = f"http://127.0.0.1:{ports.free(1)[0]}"
    with (
        serving(shelf.alias, tmp_path / "run", AWS_ENDPOINT_URL_S3=gone) as server,
        httpx.Client(base_url=server.url, timeout=5) as client,
    ):
        model = client.get("/v1/model").json()
        assert (model["digest"], model["stale"], model["uri"]) == (digest, True, shelf.alias)


def test_rules_change_while_it_runs(store, shelf, tmp_path):
    shelf.push_rules(max_per_category=1)
    with (
        serving(shelf.alias, tmp_path / "run", ESTANTE_RULES=shelf.rules) as server,
        httpx.Client(base_url=server.url, timeout=5) as client,
    ):

        def answered():
            answer = client.get("/v1/customers/c1/recommendations")
            items = [item["product_id"] for item in answer.json()["items"]]
            return answer.json()["rules_digest"], items, answer.headers["etag"]

        seen = [answered()]
        for rules in (Rules(max_per_category=2), Rules(exclude_categories=("aisle 1",))):
            shelf.push_rules(**rules.to_fields())
            wait(lambda: answered()[0] != seen[-1][0])
            seen.append(answered())
        told = client.get("/v1/model").json()["rules"]
        shelf.promote("v1")
        wait(lambda: version(client)[0] == "v1")
        seen.append(answered())

    assert (told["generation"], told["digest"]) == (3, rules.digest)
    expected = [
        ("v0", Rules(max_per_category=1)),
        ("v0", Rules(max_per_category=2)),
        ("v0", rules),
        ("v1", rules),
    ]
    for (digest, items, _), (of_version, in_force) in zip(seen, expected, strict=True):
        assert digest == in_force.digest
        folder = shelf.version(of_version)
        assert items == product_ids(folder, "c1", applied(in_force, folder))
    assert len({etag for *_, etag in seen}) == len(seen)


def applied(rules, folder):
    return AppliedRules(rules, artifact.load(folder).model.catalogue)
