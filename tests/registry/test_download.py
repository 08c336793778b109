import hashlib

import pytest

from recommender.manifest import FileEntry
from registry import pieces
from registry.download import Wanted, download
from registry.errors import AbsentError, IntegrityError
from registry.store import Store

CONTENT = b"content of a blob"
PIECE = 5  # bytes: the content comes in four pieces


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch):
    monkeypatch.setattr(pieces, "PIECE_BYTES", PIECE)


def entry_of(content):
    return FileEntry(len(content), hashlib.sha256(content).hexdigest())


@pytest.fixture
def wanted(uri, tmp_path):
    """Return a function that says what to get: by default the content."""
    (tmp_path / "here").mkdir()

    def want(content=CONTENT, name="a"):
        here = tmp_path / "here"
        return Wanted(uri.key(name), entry_of(content), here / f"{name}-unfinished", here / name)

    return want


@pytest.fixture
def asked(sent):
    """List the requests for content; they have a range, or are for a whole object."""
    return lambda: [method for method, _ in sent].count("GET")


def left(content):
    return {path.name for path in content.target.parent.iterdir()}


def test_contents_are_downloaded(store, uri, wanted):
    contents = [CONTENT, b"", b"x", b"12345", b"123456", b"x" * 1000]
    for name, content in enumerate(contents):
        store.write(uri.key(str(name)), content)
    moved = []

    those = [wanted(content, str(name)) for name, content in enumerate(contents)]
    download(store, those, moved.append)

    assert [each.target.read_bytes() for each in those] == contents
    assert sum(moved) == sum(map(len, contents))
    assert left(those[0]) == {each.target.name for each in those}
    assert those[0].target.stat().st_mode & 0o444 == 0o444


@pytest.mark.parametrize(
    "damaged",
    [b"Content of a blob", b"content of a bloB", CONTENT[:-1], CONTENT + b"!", b"", CONTENT * 100],
)
def test_a_damaged_object_is_refused_by_name_and_leaves_nothing(store, wanted, damaged):
    content = wanted()
    store.write(content.key, damaged)

    with pytest.raises(IntegrityError, match=rf"s3://shelf/{content.key}\b.* is damaged"):
        download(store, [content], print)

    assert sum(path.stat().st_size for path in content.target.parent.iterdir()) == 0
    assert not content.target.exists()


def test_a_missing_object_is_an_error_and_leaves_nothing(store, wanted):
    content = wanted()
    with pytest.raises(AbsentError, match=f"cannot read s3://shelf/{content.key}"):
        download(store, [content], print)

    assert not content.target.exists()


def test_what_came_before_an_error_is_kept(store, uri, wanted):
    first, second = wanted(), wanted(b"second content", "b")
    store.write(first.key, CONTENT)

    with pytest.raises(AbsentError):
        download(store, [first, second], print)

    assert first.target.read_bytes() == CONTENT


@pytest.mark.parametrize(("kept", "requests"), [(0, 4), (5, 3), (7, 2), (16, 1), (17, 0)])
def test_a_beginning_that_is_there_is_not_fetched_again(
    environment, uri, wanted, asked, kept, requests
):
    store = Store.open(uri.bucket)
    content = wanted()
    store.write(content.key, CONTENT)
    content.unfinished.write_bytes(CONTENT[:kept])
    moved = []

    download(store, [content], moved.append)

    assert content.target.read_bytes() == CONTENT
    assert asked() == requests
    assert sum(moved) == len(CONTENT)


@pytest.mark.parametrize("bad", [b"Cont", b"another beginning", CONTENT + b"!"])
def test_a_beginning_that_is_damaged_is_fetched_again(store, wanted, bad):
    content = wanted()
    store.write(content.key, CONTENT)
    content.unfinished.write_bytes(bad)
    moved = []

    download(store, [content], moved.append)

    assert content.target.read_bytes() == CONTENT
    assert sum(moved) == len(CONTENT)
