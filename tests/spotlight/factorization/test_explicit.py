import numpy as np
import pytest

from spotlight.errors import InputError
from spotlight.evaluation import rmse_score
from spotlight.factorization.explicit import ExplicitFactorizationModel
from spotlight.interactions import Interactions

DEVICES = pytest.mark.parametrize("use_cuda", [False, pytest.param(True, marks=pytest.mark.gpu)])


def fitted(data, use_cuda=False, **options):
    model = ExplicitFactorizationModel(
        **options, use_cuda=use_cuda, random_state=np.random.RandomState(1)
    )
    model.fit(data)
    return model


@DEVICES
@pytest.mark.parametrize(("loss", "most"), [("regression", 1.0), ("poisson", 1.0)])
def test_accuracy_on_movielens(movielens_split, loss, most, use_cuda):
    train, test = movielens_split
    model = fitted(
        train, use_cuda, loss=loss, n_iter=10, batch_size=1024, learning_rate=1e-3, l2=1e-6
    )
    assert rmse_score(model, test) < most + 0.005


@DEVICES
def test_logistic_tells_likes_from_dislikes(movielens_split, use_cuda):
    train, test = (part.take(slice(None)) for part in movielens_split)
    for part in (train, test):
        part.ratings = np.where(part.ratings > 3, 1, -1).astype(np.float32)
    model = fitted(train, use_cuda, loss="logistic", n_iter=5, batch_size=1024, learning_rate=1e-2)
    probabilities = model.predict(test.user_ids, test.item_ids)
    assert ((probabilities > 0.5) == (test.ratings > 0)).mean() > 0.65  # 55% are likes


@DEVICES
@pytest.mark.parametrize("loss", ["regression", "poisson"])
def test_the_checkerboard_is_learned(loss, use_cuda):
    users, items = (grid.reshape(-1) for grid in np.mgrid[:20, :20])
    ratings = np.where((users + items) % 2 == 0, 5.0, 1.0)
    shown = users != items
    data = Interactions(users[shown], items[shown], ratings[shown])
    model = fitted(data, use_cuda, loss=loss, embedding_dim=4, n_iter=80, batch_size=32)
    hidden = np.arange(20)
    assert model.predict(hidden, hidden) == pytest.approx(5.0, abs=0.5)


def test_poisson_predicts_counts_and_logistic_probabilities():
    column = np.arange(4)
    data = Interactions(column, column, ratings=np.array([1, -1, 1, -1]))
    assert (fitted(data, loss="poisson", n_iter=0).predict(0) > 0).all()
    assert ((p := fitted(data, loss="logistic", n_iter=1).predict(0)) > 0).all()
    assert (p < 1).all()


def test_ratings_are_needed():
    column = np.arange(4)
    with pytest.raises(InputError, match="ratings"):
        fitted(Interactions(column, column))


def test_cuda_is_refused_where_there_is_none(monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    with pytest.raises(InputError, match="use_cuda=False"):
        ExplicitFactorizationModel(use_cuda=True)
