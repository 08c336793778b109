from datetime import UTC, datetime

import pytest

from registry.aliases import Generation
from registry.errors import RecordError
from registry.retention import KEEP_ALL, Retention
from registry.versions import VersionRecord

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
DIGEST = "sha256:" + "1" * 64


def pushed(version, day):
    return VersionRecord("demo", version, DIGEST, "ana@host", f"2026-11-{day:02}T12:00:00Z", {})


def promoted(number, target, day):
    when = f"2026-11-{day:02}T12:00:00Z"
    return Generation("prod", number, None, target, DIGEST, "ana@host", when, "-", None, "0" * 32)


VERSIONS = [pushed(f"v{day}", day) for day in (1, 5, 10, 20, 29)]
# v1 was in production from the 2nd to the 12th, v10 to the 25th, v5 since.
HISTORY = {"prod": [promoted(1, "v1", 2), promoted(2, "v10", 12), promoted(3, "v5", 25)]}


@pytest.mark.parametrize(
    ("retention", "kept"),
    [
        (KEEP_ALL, {"v1", "v5", "v10", "v20", "v29"}),
        (Retention(days=0), {"v5"}),
        (Retention(versions=0), {"v5"}),
        (Retention(days=2), {"v5", "v29"}),
        (Retention(days=6), {"v5", "v10", "v29"}),
        (Retention(days=10), {"v5", "v10", "v20", "v29"}),
        (Retention(days=18), {"v5", "v10", "v20", "v29", "v1"}),
        (Retention(versions=1), {"v5", "v29"}),
        (Retention(versions=2), {"v5", "v10", "v20", "v29"}),
        (Retention(days=2, versions=2), {"v5", "v10", "v20", "v29"}),
    ],
)
def test_either_rule_keeps_and_what_an_alias_names_is_always_kept(retention, kept):
    assert set(retention.kept(VERSIONS, HISTORY, NOW)) == kept


def test_every_version_is_kept_for_a_reason():
    assert Retention(days=6, versions=1).kept(VERSIONS, HISTORY, NOW) == {
        "v5": "named by prod",
        "v10": "named by prod within 6 days",
        "v29": "pushed within 6 days",
    }
    assert Retention(versions=2).kept(VERSIONS, HISTORY, NOW) == {
        "v5": "named by prod",
        "v10": "among the last 2 named by prod",
        "v20": "among the newest 2",
        "v29": "among the newest 2",
    }


def test_a_version_that_came_back_counts_as_one_of_the_last():
    history = {"prod": [promoted(n, v, n) for n, v in enumerate(["v1", "v5", "v1", "v5"], 1)]}

    assert set(Retention(versions=2).kept(VERSIONS[:2], history, NOW)) == {"v1", "v5"}


def test_a_record_without_a_time_stops_everything():
    with pytest.raises(RecordError, match="written at 'yesterday'"):
        Retention(days=1).kept(
            [VersionRecord("demo", "v1", DIGEST, "ana@host", "yesterday", {})], {}, NOW
        )
