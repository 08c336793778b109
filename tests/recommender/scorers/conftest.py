import pytest

from recommender import scorers


@pytest.fixture(params=sorted(scorers.KINDS))
def scorer(request, every_kind):
    return every_kind[request.param]
