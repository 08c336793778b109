import numpy as np
import pytest
from scipy import sparse

from training.dataset import Dataset
from training.errors import ConfigError
from training.estimators import BlendEstimator, EaseEstimator, HeldOut, discover, make

SMALL = BlendEstimator(ease=EaseEstimator(l2=1.0), trends=(20.0,))


def fit(dataset, later, estimator=SMALL, **options):
    held_out = HeldOut(dataset, sparse.csr_matrix(later, dtype=np.float32))
    return estimator.fit(dataset, held_out, seed=0, device="cpu", progress=False, **options)


def missing_squares(n):
    return np.eye(n)


def test_discover_finds_what_is_missing(checkerboard):
    blended = fit(checkerboard, missing_squares(20), modes=["discover"])
    assert set(blended.modes) == {"discover"}
    assert blended.modes["discover"]["ease"] > 0


def test_all_modes_are_weighted_sums_of_its_scorers(checkerboard):
    later = missing_squares(20) + checkerboard.counts.toarray() * (np.arange(20) % 3 == 0)
    blended = fit(checkerboard, later)
    assert set(blended.modes) == {"discover", "rebuy", "mixed"}
    assert "repeat" not in blended.modes["discover"]
    assert blended.modes["mixed"]["repeat"] == 1
    for weights in blended.modes.values():
        assert set(weights) <= set(blended.scorers)
        assert all(type(weight) is float for weight in weights.values())


def test_what_is_bought_again_is_learned_from_held_out_repeats(checkerboard):
    # Of the products bought before, each customer buys the lowest two again.
    known = checkerboard.counts.toarray()
    again = (known > 0) & (np.cumsum(known, axis=1) <= 2)
    blended = fit(checkerboard, again)
    customers = np.arange(20)
    mixed = sum(
        weight * blended.scorers[name].scores(customers)
        for name, weight in blended.modes["mixed"].items()
    )
    assert mixed[known > 0].mean() > mixed[known == 0].mean()


def test_popularity_answers_where_nothing_finds_more(dataset_of, monkeypatch):
    # Everybody is to find product 0, which most know; the rest is noise that misleads ease.
    generator = np.random.default_rng(0)
    counts = (generator.random((60, 40)) < 0.2).astype(float)
    counts[:50, 0], counts[50:, 0] = 1, 0
    later = np.zeros((60, 40))
    later[50:, 0] = 1
    misled = BlendEstimator(ease=EaseEstimator(l2=1e-3), trends=())
    monkeypatch.setattr(discover, "_K", 1)
    blended = fit(dataset_of(counts), later, misled, modes=["discover"])
    assert blended.modes["discover"] == {"popularity": 1.0}


def test_nothing_held_out_leaves_the_first_member(checkerboard):
    blended = fit(checkerboard, np.zeros((20, 20)), modes=["discover"])
    assert blended.modes["discover"] == {"ease": 1.0}


def test_without_a_time_frequency_stands_for_repeat(dataset_of):
    dataset = Dataset.of_counts(dataset_of([[3, 1, 0], [0, 1, 1], [1, 1, 1]]).counts)
    blended = fit(dataset, [[0, 0, 1], [1, 0, 0], [0, 0, 0]])
    assert set(blended.scorers) == {"ease", "repeat"}
    assert blended.scorers["repeat"].scores(np.array([0]))[0].tolist() == pytest.approx(
        [np.log(4), np.log(2), 0]
    )
    assert blended.modes["rebuy"] == {"repeat": 1.0}


def test_scorers_learn_from_the_data_set_and_weights_from_what_was_known(checkerboard, dataset_of):
    more = dataset_of(np.indices((20, 20)).sum(axis=0) % 2 == 0)
    held_out = HeldOut(checkerboard, sparse.csr_matrix(missing_squares(20), dtype=np.float32))
    blended = SMALL.fit(more, held_out, seed=0, device="cpu", progress=False)
    alone = EaseEstimator(l2=1.0).fit(more).scores(np.arange(20))
    np.testing.assert_array_equal(blended.scorers["ease"].scores(np.arange(20)), alone)


def test_members_are_made_of_nested_tables():
    parameters = {"members": ["ease", "softmax"], "ease": {"l2": 3, "side": {"kind": 1}}}
    blend = make(BlendEstimator, parameters)
    assert blend.ease == EaseEstimator(l2=3, side={"kind": 1})


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"ease": {"sides": 1}}, r"parameters\.ease\.sides = 1: .* did you mean side\?"),
        ({"ease": 1}, r"parameters\.ease = 1 is not allowed; give a table"),
        ({"ease": {"side": {"a": "b"}}}, r"parameters\.ease\.side\.a = 'b' is not allowed"),
        ({"trends": ["soon"]}, r"parameters\.trends = 'soon' is not allowed; give a number"),
        ({"members": []}, r"members = \[\] is not allowed; name one or more of ease"),
        ({"trends": [0.0]}, r"parameters\.days = 0\.0 is not allowed"),
        ({"ease": {"rank": -1}}, r"parameters\.ease\.rank = -1 is not allowed"),
        ({"members": ["eas"]}, r"members = \['eas'\] is not allowed"),
    ],
)
def test_parameters_are_checked(parameters, message):
    with pytest.raises(ConfigError, match=message):
        make(BlendEstimator, parameters)


def test_purchases_of_one_time_are_ranked_by_frequency(dataset_of):
    dataset = dataset_of([[3, 1, 0], [0, 1, 1], [1, 1, 1]], days=np.zeros(9))
    blended = fit(dataset, [[0, 0, 1], [1, 0, 0], [0, 0, 0]])
    assert blended.modes["rebuy"] == {"repeat": 1.0}
    assert blended.scorers["repeat"].scores(np.array([0]))[0].tolist() == pytest.approx(
        [np.log(4), np.log(2), 0]
    )


def test_the_same_seed_gives_the_same_scores_and_weights(checkerboard):
    first, second = (fit(checkerboard, missing_squares(20)) for _ in range(2))
    assert first.modes == second.modes
    for name, scorer in first.scorers.items():
        again = second.scorers[name].scores(np.arange(20))
        np.testing.assert_array_equal(scorer.scores(np.arange(20)), again)
