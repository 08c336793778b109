import numpy as np
import pytest

from recommender.metrics import estimate
from training.report.comparison import compare


def test_each_contender_and_the_leads_of_the_first():
    judged = np.random.default_rng(0).random((50, 2))
    rival, twin = judged - 0.25, judged.copy()
    compared = compare({"ours": judged, "theirs": rival, "twin": twin})
    assert list(compared.of) == ["ours", "theirs", "twin"]
    assert list(compared.leads) == ["theirs", "twin"]
    assert compared.of["theirs"][1].mean == pytest.approx(estimate(rival[:, 1]).mean)
    # paired: customer by customer the lead is the same, so its interval is a point
    assert compared.leads["theirs"][0].low == pytest.approx(0.25)
    assert compared.leads["theirs"][0].high == pytest.approx(0.25)
    assert compared.leads["twin"][0].to_dict() == {"mean": 0, "low": 0, "high": 0}
