"""Pulls that are broken at each of their requests in turn, or killed, in front of real servers."""

import itertools
import os
import random
import shutil
import subprocess
import sys
import time
from contextlib import suppress

import pytest

from recommender.manifest import FileEntry
from registry import blobs
from registry.errors import IntegrityError, RegistryError, UnreachableError
from registry.pull import pull
from registry.push import push
from tests.registry.faults.proxy import Fault
from tests.registry.faults.tally import Tally

CUTS = [Fault.CUT_BEFORE, Fault.CUT_WITHIN, Fault.CUT_ANSWER, Fault.CUT_WITHIN_ANSWER]
PIECE_BYTES = 1 << 20
COUNTS = ["few", pytest.param("all", marks=pytest.mark.long)]

pytestmark = pytest.mark.usefixtures("small_parts")


@pytest.fixture
def version(in_parts, model, environment):
    push(in_parts, f"{model}:v1", bento=False)
    return f"{model}:v1"


@pytest.fixture
def pull_through(through, tmp_path, version):
    """Return a function that pulls into a cache with a name."""

    def pull_through(name):
        with through():
            return pull(version, tmp_path / name)

    return pull_through


@pytest.fixture
def n_requests(pull_through, proxy):
    """Of a pull that nothing disturbs: the record, the manifest, a small file, a large one."""
    pull_through("undisturbed")
    n_requests = len(proxy.requests)
    assert n_requests == 2 + 1 + 6
    return n_requests


def files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def chosen(cases, count):
    cases = list(cases)
    return cases if count == "all" else cases[:: len(CUTS) + 1]


@pytest.mark.parametrize("count", COUNTS)
def test_one_broken_connection_is_survived_wherever_it_breaks(
    n_requests, proxy, pull_through, in_parts, count
):
    with Tally() as tally:
        for number, fault in chosen(itertools.product(range(n_requests), CUTS), count):
            proxy.reset(lambda at, _, number=number, fault=fault: fault if at == number else None)
            whole = files(pull_through(f"{fault}-{number}").folder) == files(in_parts)
            tally.faults += 1
            tally.check(f"{fault} at {number}", holds=whole, what="not what was pushed")


@pytest.mark.parametrize("count", COUNTS)
def test_a_pull_that_fails_at_any_request_shows_nothing_partial_and_a_second_completes(
    n_requests, proxy, pull_through, impatient, in_parts, faults_in_cache, tmp_path, count
):
    with Tally() as tally:
        for number, fault in chosen(itertools.product(range(n_requests), CUTS), count):
            name = f"{fault}-{number}"

            def breaks(at, _, number=number, fault=fault):
                return None if at < number else fault if at == number else Fault.CUT_BEFORE

            proxy.reset(breaks)
            with pytest.raises(RegistryError):
                pull_through(name)
            tally.faults += 1
            found = faults_in_cache(tmp_path / name)
            tally.check(name, holds=not found, what=str(found))
            proxy.reset()
            whole = files(pull_through(name).folder) == files(in_parts)
            tally.check(name, holds=whole, what="not what was pushed, by the second pull")


@pytest.mark.parametrize(("breaks", "survived"), [(2, True), (3, False)])
def test_an_answer_that_breaks_off_is_asked_for_again_twice(
    version, proxy, pull_through, in_parts, tmp_path, breaks, survived
):
    left, firsts = [breaks], []

    def breaks_off(_, request):
        if b"bytes=0-" in request.head:
            firsts.append(request.path)
        if b"bytes=2097152-" not in request.head or not left[0]:
            return None
        left[0] -= 1
        return Fault.CUT_WITHIN_ANSWER

    proxy.reset(breaks_off)
    if not survived:
        with pytest.raises(UnreachableError, match="start the store"):
            pull_through("cache")
        (unfinished,) = (tmp_path / "cache" / "unfinished").glob("*/*")
        assert unfinished.stat().st_size == 2 << 20  # the pieces before it are there to go on from

    assert files(pull_through("cache").folder) == files(in_parts)
    assert left == [0]
    assert len(firsts) == 1


def test_a_flipped_bit_in_any_answer_is_refused_and_a_second_pull_completes(
    n_requests, proxy, pull_through, in_parts, faults_in_cache, tmp_path
):
    with Tally() as tally:
        for number in range(n_requests):
            name, flipped = f"flipped-{number}", []

            def flips(at, request, number=number, flipped=flipped):
                if at != number:
                    return None
                flipped.append(request.path.partition("?")[0])
                return Fault.FLIP_ANSWER

            proxy.reset(flips)
            with pytest.raises(IntegrityError) as caught:
                pull_through(name)
            tally.faults += 1
            named = flipped[0].removeprefix("/shelf/") in str(caught.value)
            tally.check(name, holds=named, what=f"{caught.value} does not name {flipped[0]}")
            found = faults_in_cache(tmp_path / name)
            tally.check(name, holds=not found, what=str(found))
            proxy.reset()
            whole = files(pull_through(name).folder) == files(in_parts)
            tally.check(name, holds=whole, what="not what was pushed, by the second pull")


def test_a_flipped_bit_in_any_object_is_refused_by_its_name(
    version, uri, store, in_parts, faults_in_cache, tmp_path
):
    with Tally() as tally:
        for path in in_parts.iterdir():
            content, key = path.read_bytes(), blobs.key(uri, FileEntry.of(path).sha256)
            for byte in (0, len(content) // 2, len(content) - 1):
                flipped = content[:byte] + bytes([content[byte] ^ 1]) + content[byte + 1 :]
                store.client.put_object(Bucket=store.bucket, Key=key, Body=flipped)
                cache = tmp_path / f"{path.name}-{byte}"
                with pytest.raises(IntegrityError) as caught:
                    pull(version, cache)
                tally.faults += 1
                named = f"s3://shelf/{key} is damaged" in str(caught.value)
                tally.check(path.name, holds=named, what=f"{caught.value} does not name it")
                found = faults_in_cache(cache)
                tally.check(path.name, holds=not found, what=str(found))
            store.client.put_object(Bucket=store.bucket, Key=key, Body=content)
        whole = files(pull(version, tmp_path / "whole").folder) == files(in_parts)
        tally.check("mended", holds=whole, what="not what was pushed")


@pytest.fixture
def long_model(make_artifact, model, environment):
    """Push a model of one file of many pieces, and of two small ones."""
    contents = {"a": os.urandom(1000), "b": os.urandom(24 << 20), "c": os.urandom(1000)}
    folder = make_artifact("long", **contents)
    push(folder, f"{model}:v1", bento=False)
    return folder, f"{model}:v1"


def bytes_below(folder):
    found = 0
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError):  # what a process that runs has renamed meanwhile
            found += path.stat().st_size if path.is_file() else 0
    return found


@pytest.mark.parametrize("kills", [2, pytest.param(20, marks=pytest.mark.long)])
def test_what_a_killed_pull_has_is_not_fetched_again(
    long_model, proxy, runner, pull_into, tmp_path, kills
):
    folder, version = long_model
    total, ahead = bytes_below(folder), 10 * PIECE_BYTES  # under way, waiting, being written
    proxy.pause = 0.002  # seconds for 64 KiB: so that there is time to be killed
    rng, caches = random.Random(0), (tmp_path / f"cache{number}" for number in itertools.count())
    with Tally() as tally:
        while tally.faults < kills:
            cache = next(caches)
            proxy.reset()
            unfinished, wanted = cache / "unfinished", rng.uniform(0, total - (1 << 20))
            pull_into(runner, version, cache)
            while bytes_below(unfinished) + bytes_below(cache / "blobs") <= wanted:
                time.sleep(0.001)
            runner.kill()
            if runner.wait() == 0:
                continue  # it was faster
            tally.faults += 1
            proxy.wait_until_all_hung_up()
            kept = bytes_below(unfinished) + bytes_below(cache / "blobs")
            sent_in_vain = proxy.answered("/blobs/") - kept

            proxy.reset()
            pull_into(runner, version, cache)
            code = runner.wait()
            tally.check("second pull", holds=code == 0, what=f"exit code {code}")
            fetched = proxy.answered("/blobs/") - (folder / "manifest.json").stat().st_size
            exact = kept + fetched == total - (folder / "manifest.json").stat().st_size
            tally.check("second pull", holds=exact, what=f"{fetched} fetched, {kept} were there")
            tally.check("killed", holds=sent_in_vain <= ahead, what=f"{sent_in_vain} lost")
            same = files(pull(version, cache).folder) == files(folder)
            tally.check("second pull", holds=same, what="not what was pushed")


def test_a_disk_that_is_full_is_told_and_what_came_is_kept(version, proxy, in_parts, tmp_path):
    """Here a file may not grow beyond 3 MiB, which fails as a full disk does."""
    cache, large = tmp_path / "cache", (in_parts / "large").stat().st_size
    environment = {**os.environ, "ESTANTE_CACHE": str(cache), "AWS_ENDPOINT_URL_S3": proxy.url}

    def pull_by_command(limit):
        command = f"ulimit -f {limit}; exec {sys.executable} -m registry pull {version}"
        return subprocess.run(
            ["bash", "-c", command], env=environment, capture_output=True, text=True, check=False
        )

    failed = pull_by_command(3 << 10)  # KiB
    assert failed.returncode == 1
    assert failed.stderr.startswith(f"error: cannot keep {version} in {cache} (File too large): ma")
    assert failed.stderr.count("\n") == 1
    (unfinished,) = (cache / "unfinished").glob("*/*")
    kept = unfinished.stat().st_size
    proxy.reset()

    assert pull_by_command("unlimited").returncode == 0
    assert files(pull(version, cache).folder) == files(in_parts)
    assert 0 < kept <= 3 << 20
    fetched = proxy.answered("/blobs/") - (in_parts / "manifest.json").stat().st_size
    assert fetched in (large - kept, large - kept + len(b"small file"))


@pytest.fixture
def pull_into(proxy):
    def pull_into(runner, version, cache):
        runner.start(
            "pull",
            version,
            environment={"ESTANTE_CACHE": str(cache), "AWS_ENDPOINT_URL_S3": proxy.url},
        )

    return pull_into


@pytest.mark.parametrize("kills", [8, pytest.param(200, marks=pytest.mark.long)])
def test_processes_share_a_cache_whoever_is_killed(
    model, make_artifact, proxy, runners, pull_into, faults_in_cache, tmp_path, kills
):
    """Three processes pull three models that share content into one cache; some are killed."""
    shared, folders = os.urandom(3 << 20), {}
    for version in ("v1", "v2", "v3"):
        folder = make_artifact(version, shared=shared, own=os.urandom(2 << 20))
        push(folder, f"{model}:{version}", bento=False)
        folders[f"{model}:{version}"] = folder
    rng, cache = random.Random(0), tmp_path / "shared"
    pullers = [runners() for _ in range(3)]
    proxy.pause = 0.003  # seconds for 64 KiB: so that they meet
    with Tally() as tally:
        while tally.faults < kills:
            asked = rng.choices(list(folders), k=3)
            if rng.random() < 0.5:
                asked = asked[:1] * 3
            for puller, version in zip(pullers, asked, strict=True):
                pull_into(puller, version, cache)
            time.sleep(rng.uniform(0, 0.5))
            for puller in rng.sample(pullers, rng.randint(0, 2)):
                puller.kill()
            found = faults_in_cache(cache)
            tally.check("after kills", holds=not found, what=str(found))
            for puller in pullers:
                code = puller.wait()
                tally.faults += code == -9
                tally.check("the others", holds=code in (0, -9), what=f"exit code {code}")
            shutil.rmtree(cache / "models", ignore_errors=True)  # so that there is work again
            for path in (cache / "blobs").glob("*"):
                if rng.random() < 0.5:
                    path.unlink()
        for version, folder in folders.items():
            whole = files(pull(version, cache).folder) == files(folder)
            tally.check(version, holds=whole, what="not what was pushed")
        left = list((cache / "unfinished").iterdir())
        tally.check("at last", holds=not left, what=f"{left} are left")
