"""What holds for both models, on the CPU and on CUDA."""

import numpy as np
import pytest
import torch
from torch import nn

from spotlight.errors import DivergedError, InputError, NotFittedError
from spotlight.factorization.explicit import ExplicitFactorizationModel
from spotlight.factorization.implicit import ImplicitFactorizationModel
from spotlight.interactions import Interactions

pytestmark = [
    pytest.mark.parametrize("use_cuda", [False, pytest.param(True, marks=pytest.mark.gpu)]),
    pytest.mark.parametrize(
        "model_class", [ImplicitFactorizationModel, ExplicitFactorizationModel]
    ),
]


@pytest.fixture(scope="module")
def data():
    random = np.random.RandomState(0)
    users, items = random.randint(0, 20, 500), random.randint(0, 30, 500)
    ratings = random.randint(1, 6, 500).astype(np.float32)
    return Interactions(users, items, ratings, num_users=20, num_items=30)


class Dropping(nn.Module):
    """A network that behaves differently in training."""

    def __init__(self):
        super().__init__()
        self.items = nn.Embedding(30, 1)
        self.drop = nn.Dropout(0.5)
        self.modes = []

    def forward(self, user_ids, item_ids):
        self.modes.append(self.training)
        return self.drop(self.items(item_ids)).squeeze(-1)


def fitted(model_class, data, use_cuda, seed=1, **options):
    model = model_class(
        **{"n_iter": 2, "batch_size": 64} | options,
        use_cuda=use_cuda,
        random_state=np.random.RandomState(seed),
    )
    model.fit(data)
    return model


def test_same_random_state_same_model(model_class, use_cuda, data):
    first = fitted(model_class, data, use_cuda)
    torch.rand(1)  # what else the program draws does not matter
    second = fitted(model_class, data, use_cuda)
    assert (first.predict(3) == second.predict(3)).all()
    assert (first.predict(3) != fitted(model_class, data, use_cuda, seed=2).predict(3)).any()


def test_same_random_state_same_dropout(model_class, use_cuda, data):
    def net():
        with torch.random.fork_rng([]):
            torch.manual_seed(0)
            return Dropping()

    first, second = (
        fitted(model_class, data, use_cuda, representation=net()).predict(3) for _ in range(2)
    )
    assert (first == second).all()


def test_fitting_leaves_the_programs_random_numbers_alone(model_class, use_cuda, data):
    before = torch.random.get_rng_state()
    fitted(model_class, data, use_cuda)
    assert (torch.random.get_rng_state() == before).all()


def test_one_user_all_items_and_pairs_agree(model_class, use_cuda, data):
    model = fitted(model_class, data, use_cuda)
    everything = model.predict(3)
    assert everything.dtype == np.float32
    assert everything.shape == (30,)
    assert (everything == model.predict(3, np.arange(30))).all()
    assert (everything == model.predict(np.repeat(3, 30), np.arange(30))).all()
    assert model.predict(np.int64(3), 7) == pytest.approx(everything[7])
    assert model.predict(3, []).shape == (0,)


def test_a_last_batch_of_one_is_fitted(model_class, use_cuda, data):
    fitted(model_class, data.take(slice(0, 65)), use_cuda)
    fitted(model_class, data, use_cuda, embedding_dim=1)


def test_fitting_again_goes_on(model_class, use_cuda, data):
    model = fitted(model_class, data, use_cuda, n_iter=1)
    net, before = model._net, model.predict(3)
    model.fit(data)
    assert model._net is net
    assert (model.predict(3) != before).any()


def test_training_mode_is_for_training(model_class, use_cuda, data):
    model = fitted(model_class, data, use_cuda, representation=Dropping())
    model.predict(0)
    model.fit(data)
    assert model._net.training
    modes = model._net.modes
    split = modes.index(False)
    assert all(modes[:split])
    assert all(modes[split + 1 :])


def test_predicting_keeps_no_graph(model_class, use_cuda, data):
    model = fitted(model_class, data, use_cuda)
    model.predict(0)
    assert not model._net.training


def test_custom_optimizer_overrides(model_class, use_cuda, data):
    model = fitted(
        model_class, data, use_cuda, optimizer_func=lambda p: torch.optim.Adagrad(p, lr=0.5)
    )
    assert type(model._optimizer) is torch.optim.Adagrad
    assert model._optimizer.param_groups[0]["lr"] == 0.5


def test_l2_shrinks_the_vectors(model_class, use_cuda, data):
    free, held = (
        fitted(model_class, data, use_cuda, l2=l2)._net.user_embeddings.weight.norm()
        for l2 in (0.0, 1.0)
    )
    assert held < free / 2


def test_sparse_gradients_learn(model_class, use_cuda, data):
    model = fitted(model_class, data, use_cuda, sparse=True)
    assert type(model._optimizer) is torch.optim.SparseAdam
    assert np.isfinite(model.predict(0)).all()
    with pytest.raises(InputError, match="sparse"):
        fitted(model_class, data, use_cuda, sparse=True, l2=0.1)


def test_verbose_prints_the_loss_of_every_epoch(model_class, use_cuda, data, capsys):
    model_class(n_iter=2, use_cuda=use_cuda).fit(data, verbose=True)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(": loss ")[0] for line in lines] == ["Epoch 0", "Epoch 1"]
    assert all(float(line.split(": loss ")[1]) > 0 for line in lines)


def test_divergence_names_epoch_step_and_learning_rate(model_class, use_cuda, data):
    message = r"nan at epoch 0, step \d .*learning rate 1e\+30"
    with pytest.raises(DivergedError, match=message.replace("nan", "(nan|inf)")):
        fitted(model_class, data, use_cuda, learning_rate=1e30, loss=_loss(model_class))


def _loss(model_class):
    return "hinge" if model_class is ImplicitFactorizationModel else "regression"


def test_repr_shows_the_network(model_class, use_cuda, data):
    assert repr(model_class(use_cuda=use_cuda)) == f"<{model_class.__name__}: [uninitialised]>"
    assert "BilinearNet" in repr(fitted(model_class, data, use_cuda))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"loss": "warp"}, "loss='warp': choose one of"),
        ({"embedding_dim": 0}, "embedding_dim=0"),
        ({"batch_size": 0}, "batch_size=0"),
        ({"n_iter": -1}, "n_iter=-1"),
    ],
)
def test_settings_that_cannot_work(model_class, use_cuda, options, message):
    with pytest.raises(InputError, match=message):
        model_class(use_cuda=use_cuda, **options)


@pytest.mark.parametrize(
    ("user_ids", "item_ids", "message"),
    [
        (20, None, "user ids from 20"),
        (-1, None, "user ids from -1"),
        (0, np.array([30]), "item ids from 30"),
        (0, -1, "item ids from -1"),
        (np.array([0, 1]), np.array([0, 1, 2]), "2 user ids and 3 item ids"),
        (np.array([0, 1]), None, "2 user ids and 30 item ids"),
    ],
)
def test_predictions_that_cannot_be_made(model_class, use_cuda, data, user_ids, item_ids, message):
    model = fitted(model_class, data, use_cuda, n_iter=0)
    with pytest.raises(InputError, match=message):
        model.predict(user_ids, item_ids)


def test_an_unfitted_model_says_so(model_class, use_cuda):
    with pytest.raises(NotFittedError, match="fit"):
        model_class(use_cuda=use_cuda).predict(0)


def test_data_beyond_the_model_are_refused(model_class, use_cuda, data):
    model = fitted(model_class, data, use_cuda, n_iter=0)
    column = np.array([25])
    with pytest.raises(InputError, match="user ids from 25"):
        model.fit(Interactions(column, column, ratings=column))
    with pytest.raises(InputError, match="no interactions"):
        model.fit(data.take(slice(0, 0)))
