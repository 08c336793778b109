"""A push that is broken at each of its requests in turn, or killed, in front of real servers."""

import itertools
import os
import random
import time

import pytest

from registry import versions
from registry.errors import RegistryError
from registry.push import push
from tests.registry.faults.proxy import Fault
from tests.registry.faults.tally import Tally

CUTS = [Fault.CUT_BEFORE, Fault.CUT_WITHIN, Fault.CUT_ANSWER, Fault.CUT_WITHIN_ANSWER]
COUNTS = ["few", pytest.param("all", marks=pytest.mark.long)]

pytestmark = pytest.mark.usefixtures("small_parts")


@pytest.fixture
def push_through(through, in_parts):
    def push_through(uri):
        with through():
            return push(in_parts, str(uri.at_version("v1")), bento=False)

    return push_through


@pytest.fixture
def n_requests(push_through, proxy, uri):
    """Of a push that nothing disturbs."""
    push_through(uri)
    n_requests = len(proxy.requests)
    # Is it free; is each blob there, or put, or in parts; those that others left; the record.
    assert n_requests >= 1 + 3 + 2 + 4 + 1 + 1
    return n_requests


def chosen(cases, count):
    """Return all cases, or a few: each boundary with one fault, each fault at some boundary."""
    cases = list(cases)
    return cases if count == "all" else cases[:: len(CUTS) + 1]


@pytest.mark.parametrize("count", COUNTS)
def test_one_broken_connection_is_survived_wherever_it_breaks(
    uris, n_requests, proxy, push_through, faults_in_bucket, store, count
):
    with Tally() as tally:
        for number, fault in chosen(itertools.product(range(n_requests), CUTS), count):
            uri = next(uris)
            proxy.reset(lambda at, _, number=number, fault=fault: fault if at == number else None)
            record = push_through(uri)
            tally.faults += 1
            found = faults_in_bucket(uri)
            tally.check(f"{fault} at {number}", holds=not found, what=str(found))
            tally.check(
                f"{fault} at {number}",
                holds=versions.read(store, uri, "v1") == record,
                what="another record than was returned",
            )


@pytest.mark.parametrize("count", COUNTS)
def test_a_push_that_fails_at_any_request_leaves_nothing_visible_and_a_second_completes(
    uris, n_requests, proxy, push_through, impatient, check_second_push, in_parts, count
):
    failed = 0
    with Tally() as tally:
        for number, fault in chosen(itertools.product(range(n_requests), CUTS), count):
            uri = next(uris)

            def breaks(at, _, number=number, fault=fault):
                return None if at < number else fault if at == number else Fault.CUT_BEFORE

            proxy.reset(breaks)
            try:
                push_through(uri)
            except RegistryError:
                failed += 1
            tally.faults += 1
            proxy.reset()
            check_second_push(
                tally, f"{fault} from {number} on", lambda uri=uri: push_through(uri), uri, in_parts
            )
    assert failed >= tally.faults // 2  # the last ones come when all is there


@pytest.mark.parametrize("count", COUNTS)
def test_a_bit_that_flips_on_the_way_is_refused(
    uris, n_requests, proxy, push_through, check_second_push, in_parts, count
):
    with Tally() as tally:
        for number in range(n_requests):
            uri, flipped = next(uris), []

            def flips(at, request, number=number, flipped=flipped):
                if at != number or not request.body:
                    return None
                flipped.append(request.path)
                return Fault.FLIP

            proxy.reset(flips)
            try:
                push_through(uri)
            except RegistryError as error:
                refused = str(error)
            else:
                refused = None
            proxy.reset()
            if flipped:
                tally.faults += 1
                tally.check(flipped[0], holds=refused is not None, what="it was not refused")
                check_second_push(
                    tally, flipped[0], lambda uri=uri: push_through(uri), uri, in_parts
                )
        assert tally.faults >= 6  # two blobs, two parts, what puts them together, the record


@pytest.mark.parametrize("count", COUNTS)
def test_a_push_killed_at_any_request_leaves_nothing_visible_and_a_second_completes(
    uris, n_requests, proxy, push_through, runner, check_second_push, in_parts, count
):
    with Tally() as tally:
        for number, late in itertools.product(range(n_requests), [False, True]):
            if count == "few" and late != number % 2:
                continue
            uri = next(uris)

            def kill(at, _, number=number):
                if at == number:
                    runner.kill()

            proxy.reset(None if late else kill)
            proxy.after = kill if late else proxy.after
            runner.start(
                "push",
                in_parts,
                uri.at_version("v1"),
                "--no-bento",
                environment={"AWS_ENDPOINT_URL_S3": proxy.url},
            )
            code = runner.wait()
            assert code == -9
            tally.faults += 1
            proxy.reset()
            check_second_push(
                tally,
                f"killed {'after' if late else 'before'} {number}",
                lambda uri=uri: push_through(uri),
                uri,
                in_parts,
            )


@pytest.mark.parametrize("kills", [4, pytest.param(100, marks=pytest.mark.long)])
def test_a_push_killed_at_any_moment_leaves_nothing_visible_and_a_second_completes(
    uris, runner, proxy, push_through, check_second_push, in_parts, kills
):
    rng = random.Random(0)
    start = time.monotonic()
    runner.start("push", in_parts, next(uris).at_version("v1"), "--no-bento")
    assert runner.wait() == 0
    takes = time.monotonic() - start

    with Tally() as tally:
        while tally.faults < kills:
            uri = next(uris)
            runner.start("push", in_parts, uri.at_version("v1"), "--no-bento")
            time.sleep(rng.uniform(0, takes))
            runner.kill()
            tally.faults += runner.wait() == -9
            check_second_push(
                tally, "killed", lambda uri=uri: push_through(uri), uri, in_parts, late=True
            )


@pytest.mark.parametrize("rounds", [2, pytest.param(30, marks=pytest.mark.long)])
def test_of_processes_that_push_one_version_one_wins_and_the_others_are_told(
    uris, runners, store, faults_in_bucket, make_artifact, digest, rounds
):
    folders = [make_artifact(f"m{n}", a=os.urandom(1000), b=b"same") for n in range(3)]
    racers = [runners() for _ in folders]
    with Tally() as tally:
        for number in range(rounds):
            uri = next(uris)
            for racer, folder in zip(racers, folders, strict=True):
                racer.start("push", folder, uri.at_version("v1"), "--no-bento")
            codes = [racer.wait() for racer in racers]
            tally.faults += len(racers) - 1
            tally.check(f"round {number}", holds=sorted(codes) == [0, 1, 1], what=str(codes))
            winner = folders[codes.index(0)]
            won = versions.read(store, uri, "v1").digest == digest(winner)
            tally.check(f"round {number}", holds=won, what="who won is not registered")
            found = faults_in_bucket(uri)
            tally.check(f"round {number}", holds=not found, what=str(found))
            for racer in {racers[n] for n, code in enumerate(codes) if code}:
                told = racer.errors.read_text().splitlines()[-1]
                named = f"exists with the digest {digest(winner)}" in told
                tally.check(f"round {number}", holds=named, what=f"a loser was told {told!r}")
