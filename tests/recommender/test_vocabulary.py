import pytest

from recommender.vocabulary import Vocabulary


def test_an_id_and_its_row_find_each_other():
    vocabulary = Vocabulary(["b", "a", "ü/ 1"])
    assert [vocabulary.row(id_) for id_ in vocabulary] == [0, 1, 2]
    assert vocabulary[2] == "ü/ 1"
    assert len(vocabulary) == 3
    assert "a" in vocabulary
    assert vocabulary.row("c") is None


def test_an_id_that_stands_twice_is_named():
    with pytest.raises(ValueError, match="'a' stands twice"):
        Vocabulary(["a", "b", "a"])
