import pytest

from recommender.rules import Rules
from registry import rules_cache
from registry.errors import CacheError
from registry.rules import RulesRecord
from registry.uri import parse_s3

NAMED = parse_s3("s3://shelf/models/shop@default")


def record(cap):
    given = Rules(max_per_category=cap)
    return RulesRecord("default", 7, given.digest, given, "me@here", "2026-11-24T08:15:00Z", "", "")


def test_the_last_rules_are_kept_by_name(tmp_path):
    assert rules_cache.last(NAMED, tmp_path) is None

    rules_cache.keep(NAMED, record(1), tmp_path)
    rules_cache.keep(NAMED, record(2), tmp_path)

    assert rules_cache.last(NAMED, tmp_path) == record(2)
    assert rules_cache.last(NAMED.at_alias("other"), tmp_path) is None


def test_damaged_rules_are_none(tmp_path):
    rules_cache.keep(NAMED, record(1), tmp_path)
    [kept] = (tmp_path / "rules").iterdir()
    kept.write_bytes(kept.read_bytes().replace(b": 1", b": 2"))

    assert rules_cache.last(NAMED, tmp_path) is None


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "rules").write_text("a file")

    with pytest.raises(CacheError, match=f"cannot keep the rules {NAMED} in {tmp_path}/rules"):
        rules_cache.keep(NAMED, record(1), tmp_path)
