from pathlib import Path

import pytest

from recommender.atomic_folder import replacing


def test_the_folder_appears_when_it_is_complete(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "set"
    with replacing(target) as folder:
        (folder / "a").write_text("new")
        assert not target.exists()
    assert (target / "a").read_text() == "new"
    assert [path.name for path in target.parent.iterdir()] == ["set"]


def test_the_new_folder_replaces_the_old_whole(tmp_path: Path) -> None:
    target = tmp_path / "set"
    for name in ("old", "new"):
        with replacing(target) as folder:
            (folder / name).touch()
    assert [path.name for path in target.iterdir()] == ["new"]
    assert [path.name for path in tmp_path.iterdir()] == ["set"]


def fill_halfway(folder: Path) -> None:
    (folder / "new").touch()
    raise FileExistsError


def test_failing_leaves_all_as_it_was(tmp_path: Path) -> None:
    target = tmp_path / "set"
    target.mkdir()
    (target / "old").touch()
    with pytest.raises(FileExistsError), replacing(target) as folder:
        fill_halfway(folder)
    assert [path.name for path in target.iterdir()] == ["old"]
    assert [path.name for path in tmp_path.iterdir()] == ["set"]


def test_the_old_folder_comes_back_if_the_new_one_cannot_take_its_place(tmp_path: Path) -> None:
    target = tmp_path / "set"
    target.mkdir()
    (target / "old").touch()
    with pytest.raises(FileNotFoundError), replacing(target) as folder:
        folder.rmdir()
    assert [path.name for path in target.iterdir()] == ["old"]


def test_others_may_read_it(tmp_path: Path) -> None:
    with replacing(tmp_path / "set"):
        pass
    (tmp_path / "usual").mkdir()
    assert (tmp_path / "set").stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_ctrl_c_between_the_two_renames_brings_the_old_folder_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "set"
    target.mkdir()
    (target / "old").touch()
    rename = Path.rename

    def interrupted(self: Path, to: Path) -> Path:
        if self.name == "new":
            raise KeyboardInterrupt
        return rename(self, to)

    monkeypatch.setattr(Path, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt), replacing(target):
        pass
    assert [path.name for path in target.iterdir()] == ["old"]
