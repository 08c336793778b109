from dataclasses import replace

import pytest

from training import config_file
from training.config import ModelConfig
from training.errors import ConfigError
from training.tuning.write import require_writable, write

TUNED = {"study": "s", "value": 0.5, "trials": {"complete": 3}}


@pytest.fixture
def tuned(checkerboard):
    model = ModelConfig(
        estimator="blend",
        parameters={"members": ("ease",), "trends": (), "ease": {"side": {"a b": 0.5}}},
    )
    return replace(checkerboard, model=model, tuned=TUNED)


def test_it_loads_as_it_was(tuned, tmp_path):
    out = tmp_path / "deep" / "tuned.toml"
    write(tuned, out)
    loaded = config_file.load(out)
    assert loaded.tuned == TUNED
    assert loaded.model.parameters == {
        "members": ["ease"],
        "trends": [],
        "ease": {"side": {"a b": 0.5}},
    }
    assert loaded.folder == out.parent
    found = [(loaded.folder / source).resolve() for source in loaded.split.train]
    assert found == [(tuned.folder / "train.csv").resolve()]
    moved = {"split": loaded.split, "folder": loaded.folder, "model": loaded.model}
    assert replace(tuned, **moved) == loaded


@pytest.mark.parametrize("level", ["categories", "types", "products"])
def test_every_shipped_configuration_can_be_written(level, tmp_path):
    path = f"training/configs/complete-journey-{level}.toml"
    given = config_file.load(config_file.Path(path))
    write(given, tmp_path / "out.toml")
    written = config_file.load(tmp_path / "out.toml")
    assert replace(written, folder=given.folder) == given
    assert written.data_dict() == given.data_dict()


def test_beside_the_given_one_sources_keep_their_names(tuned):
    out = tuned.folder / "tuned.toml"
    write(tuned, out)
    assert config_file.load(out).split == tuned.split
    out.unlink()


def test_how_it_was_tuned_is_not_of_the_data(tuned):
    assert replace(tuned, tuned={}).data_dict() == tuned.data_dict()
    assert tuned.as_dict()["tuned"] == TUNED


def test_only_its_own_are_replaced(tuned, tmp_path):
    out = tmp_path / "tuned.toml"
    write(tuned, out)
    write(replace(tuned, tuned={"study": "t"}), out)
    assert config_file.load(out).tuned == {"study": "t"}
    assert [path.name for path in tmp_path.iterdir()] == ["tuned.toml"]


@pytest.mark.parametrize("content", ["", 'name = "x"', "no toml", b"\xff"])
def test_nothing_else_is_replaced(content, tmp_path):
    out = tmp_path / "config.toml"
    out.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ConfigError, match="was not written by tune"):
        require_writable(out)


def test_a_folder_is_not_replaced(tmp_path):
    with pytest.raises(ConfigError, match="was not written by tune"):
        require_writable(tmp_path)
