import pytest

from registry import removed
from registry.errors import RecordError
from registry.removed import Removed


def test_a_note_is_read_as_it_was_written(store, uri):
    note = Removed("v1", "sha256:" + "1" * 64, "ana@host", "2026-11-24T08:15:00Z")
    assert removed.find(store, uri, "v1") is None

    store.create(removed.key(uri, "v1"), note.to_bytes())

    assert removed.find(store, uri, "v1") == note
    assert removed.key(uri, "v1") == uri.key("removed", "v1.json")


def test_a_note_of_another_form_is_refused_by_name(store, uri):
    store.write(removed.key(uri, "v1"), b"{}")

    with pytest.raises(RecordError, match=r"removed/v1\.json: the field 'version' is missing"):
        removed.find(store, uri, "v1")
