from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from registry import versions
from registry.errors import RecordError, UnreachableError, VersionError
from registry.store import Store
from registry.versions import VersionRecord

DIGEST = "sha256:" + "1" * 64
OTHER = "sha256:" + "2" * 64


@pytest.fixture
def record(uri):
    return VersionRecord(
        uri.name,
        "v1",
        DIGEST,
        who="ana@host",
        when="2026-11-24T08:15:00Z",
        blobs={"a": {"size": 3, "sha256": "0" * 64}, "b": {"size": 4, "sha256": "1" * 64}},
    )


def test_a_version_is_read_as_it_was_created(store, uri, record):
    assert versions.create(store, uri, record) == record

    assert versions.read(store, uri, "v1") == record
    assert store.read(uri.key("versions", "v1.json")) == record.to_bytes()
    assert record.size == 7


def test_the_same_model_again_leaves_the_first_record(store, uri, record):
    versions.create(store, uri, record)

    assert versions.create(store, uri, replace(record, who="bo@host")) == record


def test_another_model_is_refused_with_the_digest_that_is_there(store, uri, record):
    versions.create(store, uri, record)

    with pytest.raises(VersionError, match=f"'v1' .* exists with the digest {DIGEST}, not {OTHER}"):
        versions.create(store, uri, replace(record, digest=OTHER))

    assert versions.read(store, uri, "v1") == record


def test_of_pushers_of_different_models_one_wins(store, uri, record):
    def create(number):
        try:
            return versions.create(store, uri, replace(record, digest=f"sha256:{number:064}"))
        except VersionError:
            return None

    with ThreadPoolExecutor(8) as pool:
        created = [found for found in pool.map(create, range(8)) if found]

    assert created == [versions.read(store, uri, "v1")]


def test_a_record_whose_answer_was_lost_counts(environment, lose_answers, uri, record):
    assert versions.create(Store.open(uri.bucket), uri, record) == record


def test_a_lost_answer_does_not_hide_another_model(store, lose_answers, uri, record):
    versions.create(store, uri, record)

    with pytest.raises(VersionError, match="exists with the digest"):
        versions.create(Store.open(uri.bucket), uri, replace(record, digest=OTHER))


def test_a_record_that_never_arrived_is_an_error(environment, on_event, uri, record):
    on_event("before-send.s3.PutObject", raise_unreachable)
    with pytest.raises(UnreachableError):
        versions.create(Store.open(uri.bucket), uri, record)


def raise_unreachable(**_):
    raise UnreachableError


def test_an_unknown_version_is_an_error_that_says_how_to_see_the_known_ones(store, model, uri):
    with pytest.raises(VersionError, match=f"no version 'v9' of {model} .* registry list {model}"):
        versions.read(store, uri, "v9")

    assert versions.find(store, uri, "v9") is None


def test_versions_are_listed_by_name_and_nothing_else_is(store, uri, record):
    for version in ("v2", "v10", "v1"):
        versions.create(store, uri, replace(record, version=version))
    store.write(uri.key("versions", "Not a version.json"), b"-")

    assert versions.names(store, uri) == ["v1", "v10", "v2"]


def test_a_record_of_another_form_is_refused_by_name(store, uri):
    store.write(versions.key(uri, "v1"), b'{"name": "demo"}')

    with pytest.raises(RecordError, match=f"s3://shelf/{versions.key(uri, 'v1')}: the field"):
        versions.read(store, uri, "v1")


@pytest.mark.parametrize("change", [{"version": "v2"}, {"digest": "sha256:../../etc"}])
def test_a_record_that_contradicts_its_name_or_names_no_digest_is_refused(
    store, uri, record, change
):
    store.write(versions.key(uri, "v1"), replace(record, **change).to_bytes())

    with pytest.raises(RecordError, match=f"{versions.key(uri, 'v1')} is of the version"):
        versions.read(store, uri, "v1")
