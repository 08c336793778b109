"""The report from end to end."""

import re
from html.parser import HTMLParser

import optuna
import pytest
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

from training.errors import DataError
from training.report.make import make
from training.report.words import with_interval

VOID = {"meta", "br"}
FIGURES = ["recall-curve", "leads", "activity", "popularity"]


class Page(HTMLParser):
    """What a page holds, and whether each element is closed where it should be."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.attributes, self.text = [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.handle_startendtag(tag, attributes)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += [(tag, *attribute) for attribute in attributes]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


@pytest.fixture(scope="module")
def journal(tmp_path_factory):
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    path = str(tmp_path_factory.mktemp("study") / "journal.log")
    study = optuna.create_study(
        study_name="search & find",
        storage=JournalStorage(JournalFileBackend(path)),
        sampler=optuna.samplers.RandomSampler(seed=1),
    )
    study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=4)
    return path


@pytest.fixture(scope="module")
def folder(loaded, prepared, journal, tmp_path_factory):
    out = tmp_path_factory.mktemp("reports") / "report"
    files = make(prepared, loaded, out, champion=loaded, cut_offs=[1, 5], storages=[journal])
    assert sorted(path.name for path in out.iterdir()) == sorted(files)
    return out


@pytest.fixture(scope="module")
def page(folder):
    return Page((folder / "report.html").read_text(encoding="utf-8"))


def test_every_element_is_closed_and_every_id_unique(page):
    assert page.open == []
    ids = [value for _, name, value in page.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    for _, name, value in page.attributes:
        if name == "aria-labelledby":
            assert value in ids


def test_it_is_one_file_without_script(page, folder):
    assert not {"script", "link", "img", "iframe"} & set(page.tags)
    text = (folder / "report.html").read_text(encoding="utf-8")
    assert "@import" not in text
    assert not re.search(r"url\((?!#)", text)
    for tag, name, value in page.attributes:
        if name in {"href", "xlink:href", "src"}:
            assert value.startswith(("#", "data:")), tag


def test_each_figure_is_on_the_page_and_beside_it(page, folder):
    names = FIGURES + [f"study-1-{name}" for name in ("history", "importances", "parallel")]
    for name in names:
        assert (folder / f"{name}.png").read_bytes().startswith(b"\x89PNG")
    labels = [value for tag, name, value in page.attributes if (tag, name) == ("svg", "aria-label")]
    assert len(labels) == page.tags.count("figure") == len(names)
    assert all(labels)


def test_each_table_says_what_it_is_of(page):
    assert page.tags.count("caption") == page.tags.count("table") > 5
    scopes = {value for tag, name, value in page.attributes if (tag, name) == ("th", "scope")}
    assert scopes == {"col", "row"}


def test_it_holds_what_was_measured_and_where_it_comes_from(page, measured, loaded, prepared):
    text = " ".join(page.text)
    for k in (0, 2):  # 1 and 5
        for name in ("model", "popularity"):
            assert with_interval(measured.accuracy["ndcg"].of[name][k]) in text
    assert "the model and the champion find the same" in text
    assert "the model is ahead of popularity" in text
    for fact in (loaded.digest, prepared.digest, "c0ffee", '"level": "product"', "search & find"):
        assert fact in text
    assert "checker <board>" in text  # escaped: it is no element


def test_the_same_inputs_give_the_same_bytes(loaded, prepared, folder, journal, tmp_path):
    again = tmp_path / "again"
    make(prepared, loaded, again, champion=loaded, cut_offs=[1, 5], storages=[journal])
    for path in folder.iterdir():
        assert (again / path.name).read_bytes() == path.read_bytes()


def test_an_older_report_is_replaced_and_nothing_else(loaded, prepared, tmp_path):
    out = tmp_path / "report"
    out.mkdir()
    make(prepared, loaded, out, cut_offs=[1])
    make(prepared, loaded, out, cut_offs=[1])
    (tmp_path / "other.txt").write_text("mine")
    with pytest.raises(DataError, match="holds no report; name another folder"):
        make(prepared, loaded, tmp_path, cut_offs=[1])
    with pytest.raises(DataError, match="holds no report"):
        make(prepared, loaded, tmp_path / "other.txt", cut_offs=[1])


def test_models_that_know_different_purchases_are_not_compared(
    loaded, of_other_parts, prepared, tmp_path
):
    with pytest.raises(DataError, match="different parts, train, validation and train, so"):
        make(prepared, loaded, tmp_path / "report", champion=of_other_parts, cut_offs=[1])
    assert not (tmp_path / "report").exists()


def test_a_model_is_not_reported_on_what_it_learned(loaded, prepared, tmp_path):
    with pytest.raises(DataError, match="has learned from split 'validation'"):
        make(prepared, loaded, tmp_path / "report", split="validation", cut_offs=[1])
