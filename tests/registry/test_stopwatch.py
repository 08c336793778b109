from registry.stopwatch import Stopwatch


def test_it_counts_what_any_clock_counts(monkeypatch):
    watch = Stopwatch()
    assert 0 <= watch.seconds() < 1

    monkeypatch.setattr("time.time", lambda: watch._wall + 60)  # suspended for a minute
    assert watch.seconds() == 60
    monkeypatch.setattr("time.time", lambda: watch._wall - 60)  # set back
    monkeypatch.setattr("time.monotonic", lambda: watch._monotonic + 2)
    assert watch.seconds() == 2
