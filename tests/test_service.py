"""The service as it is started: ``bentoml serve`` in every state of its world."""

import os
import subprocess
import sys
import time
from contextlib import contextmanager

import httpx
import numpy as np
import pytest

from local import ports, processes, service
from recommender import artifact
from recommender.catalogue import Catalogue
from recommender.history import History
from recommender.model import Model
from recommender.scorers import Popularity
from recommender.vocabulary import Vocabulary
from registry.keys import make_key
from registry.promotion import promote
from registry.push import push

SERVE = [sys.executable, "-m", "bentoml", "serve", "service:Estante", "--host", "127.0.0.1"]
ANA = "/v1/customers/ana/recommendations"


def write_model(folder):
    """Ana bought cola; of the rest tea is the more popular."""
    model = Model(
        customers=Vocabulary(["ana"]),
        catalogue=Catalogue(["cola", "rye", "tea"], ["Cola", "Rye", "Tea"], ["drinks", "", ""]),
        history=History(np.array([0, 1]), np.array([0], dtype=np.int32), n_products=3),
        scorers={"popularity": Popularity(np.array([3, 1, 2], dtype=np.float32))},
        modes={"discover": {"popularity": 1.0}},
    )
    return artifact.write(folder, model, lineage={}, metrics={})


def products(client):
    return [item["product_id"] for item in client.get(ANA).json()["items"]]


def refusal(response):
    assert response.status_code == 503
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["type"] == "/docs#not-ready"
    return response.json()["detail"]


def environment(folder, **variables):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ESTANTE_")}
    return kept | {"BENTOML_HOME": str(folder), "BENTOML_DO_NOT_TRACK": "True"} | variables


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({}, "error: ESTANTE_MODEL is not set; set it to the model to serve: s3://"),
        ({"ESTANTE_MODEL": "s3://x"}, "error: ESTANTE_MODEL: 's3://x' names no model: give s3://"),
        ({"ESTANTE_DEVICE": "gpu"}, "error: ESTANTE_DEVICE is 'gpu'; it must be one of auto, "),
        ({"ESTANTE_LOG": "xml"}, "error: ESTANTE_LOG is 'xml'; it must be one of text, json"),
        (
            {"ESTANTE_API_KEYS_FILE": "/nowhere"},
            "error: ESTANTE_API_KEYS_FILE: /nowhere cannot be read: ",
        ),
    ],
)
def test_a_wrong_environment_ends_the_start_with_one_line(tmp_path, variables, said):
    done = subprocess.run(
        [*SERVE, "--port", str(ports.free(1)[0])],
        env=environment(tmp_path, **variables),
        cwd=service.ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == 1
    assert done.stderr.startswith(said)
    assert done.stderr.count("\n") == 1


def test_a_broken_model_is_not_served_until_it_is_mended(tmp_path):
    folder = tmp_path / "model"
    write_model(folder)
    history = folder / "history.safetensors"
    whole = history.read_bytes()
    history.write_bytes(whole + b"x")
    [port] = ports.free(1)
    started = processes.start(
        "the service",
        [*SERVE, "--port", str(port)],
        log=tmp_path / "log",
        environment=environment(tmp_path, ESTANTE_MODEL=str(folder), ESTANTE_DEVICE="cpu"),
        folder=service.ROOT,
    )
    with started as child, httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        child.wait_until_ready(lambda: None if "not ready: " in log_of(child) else "no line", 60)
        assert client.get("/livez").status_code == 200
        batch = {"requests": [{"customer_id": "ana"}, 7]}
        for response in (
            client.get("/readyz"),
            client.get("/v1/model"),
            client.get(ANA),
            client.post("/v1/recommendations", json=batch),
        ):
            assert f"{history} is not the file of this model" in refusal(response)
        assert "Traceback" not in log_of(child)

        history.write_bytes(whole)
        child.wait_until_ready(
            lambda: None if client.get("/readyz").status_code == 200 else "not ready", 60
        )
        assert products(client) == ["tea", "rye"]


def log_of(child):
    return child.log.read_text()


@contextmanager
def waiting_service(tmp_path, variables):
    """Start the service without a model that it may serve; give the process and a client."""
    [port] = ports.free(1)
    started = processes.start(
        "the service",
        [*SERVE, "--port", str(port)],
        log=tmp_path / "log",
        environment=environment(tmp_path, **variables),
        folder=service.ROOT,
    )
    with started as child, httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        child.wait_until_ready(lambda: None if "not ready: " in log_of(child) else "no line", 60)
        yield child, client


def test_a_model_is_served_by_its_alias_as_soon_as_it_has_one(seaweedfs, tmp_path, monkeypatch):
    alias, variables = "s3://service/models/shop@prod", seaweedfs.environment()
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    digest = write_model(tmp_path / "model")
    variables |= {"ESTANTE_MODEL": alias, "ESTANTE_CACHE": str(tmp_path / "cache")}
    with waiting_service(tmp_path, variables) as (child, client):
        assert alias in refusal(client.get("/readyz"))

        seaweedfs.create_bucket("service")
        push(tmp_path / "model", "s3://service/models/shop:v1", bento=False)
        promote(alias, "v1", why="the first")

        child.wait_until_ready(
            lambda: None if client.get("/readyz").status_code == 200 else "not ready", 60
        )
        assert "Traceback" not in log_of(child)
        model = client.get("/v1/model").json()
        named = {"name": "shop", "version": "v1", "digest": digest, "uri": alias}
        assert model.items() >= named.items()
        response = client.get(ANA)
        assert response.json()["model"] == {"version": "v1", "digest": digest, "stale": False}
        assert response.headers["x-model-version"] == "v1"


def test_only_a_signed_model_is_served_if_keys_are_named(seaweedfs, tmp_path, monkeypatch):
    alias, variables = "s3://signed/models/shop@prod", seaweedfs.environment()
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    seaweedfs.create_bucket("signed")
    write_model(tmp_path / "model")
    push(tmp_path / "model", "s3://signed/models/shop:v1", bento=False)
    promote(alias, "v1", why="unsigned")
    variables |= {
        "ESTANTE_MODEL": alias,
        "ESTANTE_CACHE": str(tmp_path / "cache"),
        "ESTANTE_PUBLIC_KEYS": make_key(tmp_path / "key.pem"),
    }
    with waiting_service(tmp_path, variables) as (child, client):
        assert "v1.json is not signed" in refusal(client.get("/readyz"))

        monkeypatch.setenv("ESTANTE_SIGNING_KEY", str(tmp_path / "key.pem"))
        push(tmp_path / "model", "s3://signed/models/shop:v2", bento=False)
        promote(alias, "v2", why="signed")

        child.wait_until_ready(
            lambda: None if client.get("/readyz").status_code == 200 else "not ready", 60
        )
        assert client.get("/v1/model").json()["version"] == "v2"
        assert "Traceback" not in log_of(child)


def test_it_ends_in_good_order_when_asked_to(tmp_path):
    write_model(tmp_path / "model")
    with service.started(
        str(tmp_path / "model"), tmp_path / "run", port=ports.free(1)[0]
    ) as server:
        began = time.monotonic()
        server.child.process.terminate()
        assert server.child.process.wait(20) == 0
        assert time.monotonic() - began < 10


def test_on_the_cpu_nothing_heavy_is_imported(tmp_path):
    code = (
        "import sys, service; heavy = {'torch', 'scipy', 'pandas', 'pyarrow', 'minio', 'boto3', "
        "'safetensors', 'optuna', 'training', 'spotlight'}; print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment(tmp_path),
        cwd=service.ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.strip() == "[]"
