import os
import signal
import threading
import time
from contextlib import contextmanager

import pytest

TOLD = (
    "the store has not answered for {} seconds; still waiting, for 2 minutes at most if it does "
    "not answer at all"
)


@contextmanager
def frozen(process):
    """Let a server accept connections, as the kernel does, and do nothing else."""
    os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process, signal.SIGCONT)


def test_a_store_that_answers_late_is_told_once(run, pushed, model, bucket, monkeypatch):
    monkeypatch.setattr("registry.commands.waiting._AFTER_SECONDS", 1.0)
    with frozen(bucket.pid):
        thaw = threading.Timer(3, os.kill, (bucket.pid, signal.SIGCONT))
        thaw.start()
        code, out, err = run("list", model)
        thaw.join()

    assert (code, err) == (0, TOLD.format(1) + "\n")
    assert out.splitlines()[1].startswith("v1 ")
    assert run("list", model)[2] == ""


@pytest.mark.long
def test_a_store_that_does_not_answer_is_given_up_within_two_minutes(run, pushed, model, bucket):
    begun = time.monotonic()
    with frozen(bucket.pid):
        code, out, err = run("list", model)
    seconds = time.monotonic() - begun

    assert (code, out) == (1, "")
    assert err.splitlines()[0] == TOLD.format(5)
    assert err.splitlines()[1].startswith(f"error: cannot list {model}/aliases/ at ")
    assert 90 < seconds < 120
    assert run("list", model)[0] == 0
