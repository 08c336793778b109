"""Tune: search for the parameters that find most on validation, with one process or several."""

from __future__ import annotations

import math
import multiprocessing
import os
import signal
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from training.errors import TrainingError
from training.prepared import Prepared
from training.tuning.plan import Plan
from training.tuning.search import Search
from training.tuning.storage import shown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.context import SpawnProcess
    from pathlib import Path

    from training.config import Config
    from training.tuning.tuned import Tuned

_THREADS = "OMP_NUM_THREADS"


def tune(prepared: Prepared, config: Config, plan: Plan | None = None) -> Tuned:
    """Search for the parameters with which an estimator finds most on validation.

    The first trial is of the configured parameters, so what is found is never worse. The same
    command on the same data goes on where it ended, also after its process was killed. A line
    about each trial goes to standard error.

    Parameters
    ----------
    prepared
        With a validation part; test is never looked at.
    config
        Whose estimator is tuned, from its parameters.
    plan
        How; as it is by default if left out.

    Raises
    ------
    ConfigError
        If the configuration or the space is not allowed.
    DataError
        If validation is empty.
    StudyError
        If the study cannot be opened, is of something else, or has no complete trial in the end.
    KeyboardInterrupt
        With a message that says how to go on; the study keeps what is finished.
    """
    plan = plan or Plan()
    deadline = time.monotonic() + (math.inf if plan.seconds is None else plan.seconds)
    search = Search(prepared, config, plan)
    try:
        if plan.workers > 1:
            own = replace(plan, storage=search.storage, study=search.name)
            _work_together(prepared.folder, config, own, deadline)
        search.work(deadline)  # after others: what they have left
        return search.tuned()
    except KeyboardInterrupt:
        raise KeyboardInterrupt(
            f"interrupted; study {search.name} in {shown(search.storage)} keeps what is finished: "
            "run the same command again to go on"
        ) from None
    finally:
        search.close()


def _work_together(folder: Path, config: Config, plan: Plan, deadline: float) -> None:
    """Let workers in processes of their own search until all have ended."""
    spawn = multiprocessing.get_context("spawn")
    workers = [
        spawn.Process(target=_work, args=(folder, config, plan, deadline))
        for _ in range(plan.workers)
    ]
    try:
        with _threads(max(1, _cores() // plan.workers)):
            for worker in workers:
                worker.start()
        for worker in workers:
            worker.join()
    except KeyboardInterrupt:
        _interrupt(workers)
        raise
    died = [worker.exitcode for worker in workers if worker.exitcode]
    if died:
        sys.stderr.write(f"{len(died)} of {len(workers)} workers died; this process goes on\n")


def _work(folder: Path, config: Config, plan: Plan, deadline: float) -> None:
    """Be a worker: what runs in each of the processes."""
    threading.Thread(target=_die_with_parent, daemon=True).start()
    try:
        search = Search(Prepared.load(folder), config, plan)
        search.work(deadline)
    except TrainingError as error:
        sys.exit(f"worker: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


def _die_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _interrupt(workers: list[SpawnProcess]) -> None:
    for worker in workers:
        if worker.pid is not None and worker.is_alive():
            os.kill(worker.pid, signal.SIGINT)
    for worker in workers:
        if worker.pid is not None:
            worker.join()


def _cores() -> int:
    return len(os.sched_getaffinity(0))


@contextmanager
def _threads(n: int) -> Iterator[None]:
    """Let processes that start now compute with so many threads each."""
    before = os.environ.get(_THREADS)
    os.environ[_THREADS] = str(n)
    try:
        yield
    finally:
        if before is None:
            del os.environ[_THREADS]
        else:
            os.environ[_THREADS] = before
