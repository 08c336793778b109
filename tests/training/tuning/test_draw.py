import optuna
from optuna.distributions import FloatDistribution
from optuna.trial import TrialState, create_trial

from training.tuning.draw import ERROR, draw

optuna.logging.set_verbosity(optuna.logging.WARNING)
SPACE = {"x": FloatDistribution(0, 1)}


def trial(x, state=TrialState.COMPLETE, **attributes):
    return create_trial(
        state=state,
        params={"x": x},
        distributions=SPACE,
        value=1.0 - x if state == TrialState.COMPLETE else None,
        user_attrs=attributes,
    )


COMPLETE = [trial(x / 20) for x in range(20)]  # best at 0
LOW = [trial(x / 40) for x in range(20)]
FAILED = [trial(0.5 + x / 40, TrialState.FAIL, **{ERROR: "no"}) for x in range(20)]


def drawn(trials, n=50):
    return [draw(trials, SPACE, [0, number])["x"] for number in range(n)]


def test_the_same_seed_draws_the_same():
    assert drawn(COMPLETE) == drawn(COMPLETE)
    assert len(set(drawn(COMPLETE))) == 50
    assert draw(COMPLETE, SPACE, [1, 0]) != draw(COMPLETE, SPACE, [0, 0])


def test_it_learns_from_what_was_tried():
    assert sum(x < 0.2 for x in drawn(COMPLETE)) > 30


def test_it_stays_away_from_where_trials_failed():
    assert sum(x > 0.5 for x in drawn(LOW)) > 40  # where nothing is known yet
    assert sum(x > 0.5 for x in drawn(LOW + FAILED)) < 5


def test_what_was_cut_off_or_waits_says_nothing():
    nothing = [trial(0.9, TrialState.FAIL), trial(0.9, TrialState.WAITING)]
    assert drawn(COMPLETE + nothing, 10) == drawn(COMPLETE, 10)
