import asyncio
import logging

import pytest

from recommender import artifact
from recommender.manifest import FileEntry
from registry.errors import RegistryError
from serving import snapshot as snapshots
from serving.errors import NotReadyError, SettingsError
from serving.settings import Settings
from serving.snapshot import Slot, load


def test_a_folder_is_named_by_its_digest(folder):
    loaded = load(Settings(model=str(folder), device="cpu"))
    _, digest = artifact.verify(folder)

    assert loaded.reference.digest == digest
    assert digest.startswith(f"sha256:{loaded.reference.version}")
    assert len(loaded.reference.version) == 8
    assert loaded.reference.stale is False
    assert (loaded.name, loaded.uri, loaded.device) == (None, str(folder), "cpu")
    assert loaded.reference.headers == {
        "X-Model-Version": loaded.reference.version,
        "X-Model-Digest": digest,
    }


def test_without_a_model_nothing_is_loaded():
    with pytest.raises(SettingsError, match="ESTANTE_MODEL is not set"):
        load(Settings())


def test_a_damaged_model_is_not_loaded(folder):
    (folder / "history.safetensors").write_bytes(b"damaged")

    with pytest.raises(RegistryError, match=r"history\.safetensors is not the file of this model"):
        load(Settings(model=str(folder), device="cpu"))


def test_every_file_is_hashed_once(folder, monkeypatch):
    hashed, of = [], FileEntry.of

    def note(path):
        hashed.append(path.name)
        return of(path)

    monkeypatch.setattr(FileEntry, "of", note)

    load(Settings(model=str(folder), device="cpu"))

    assert sorted(hashed) == sorted({path.name for path in folder.iterdir()} - {"manifest.json"})


def test_an_empty_slot_says_that_it_is_being_filled():
    with pytest.raises(NotReadyError, match="the model is being loaded"):
        Slot().current()


def test_a_slot_gives_back_what_was_put(snapshot):
    slot = Slot()
    slot.put(snapshot)

    assert slot.current() is snapshot


def test_a_slot_is_filled_beside_the_event_loop(folder):
    slot = Slot()
    asyncio.run(slot.fill(Settings(model=str(folder), device="cpu")))

    assert slot.current().uri == str(folder)


def test_a_slot_says_why_it_is_empty_once_and_is_filled_when_it_can_be(folder, monkeypatch, caplog):
    monkeypatch.setattr(snapshots, "_FIRST_PAUSE", 0.02)
    hidden = folder.rename(folder.with_name("elsewhere"))
    slot = Slot()

    async def watch():
        filling = asyncio.create_task(slot.fill(Settings(model=str(folder), device="cpu")))
        await asyncio.sleep(0.3)
        with pytest.raises(NotReadyError, match="holds no model"):
            slot.current()
        hidden.rename(folder)
        await asyncio.wait_for(filling, 10)

    with caplog.at_level(logging.INFO, "estante.model"):
        asyncio.run(watch())

    assert slot.current().uri == str(folder)
    levels = [record.levelname for record in caplog.records]
    assert levels == ["ERROR", "INFO"]


def test_the_description_names_customers_and_categories_to_try(snapshot):
    told = snapshots.description(snapshot)

    assert told["n_customers"] == 1
    assert told["n_products"] == 3
    assert told["n_categories"] == 1
    assert told["modes"].keys() == {"discover", "rebuy"}
    assert told["metrics"] == {"recall": 0.5}
    assert told["lineage"] == {"seed": 7}
    assert told["examples"] == {"customer_ids": ["ana"], "categories": ["drinks"]}
