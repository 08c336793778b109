"""The dashboard asks for what the running service tells: every metric and label of every query."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import httpx
import numpy as np
import pytest
from prometheus_client.parser import text_string_to_metric_families

from local import ports, service
from recommender import artifact
from recommender.catalogue import Catalogue
from recommender.history import History
from recommender.model import Model
from recommender.scorers import Popularity
from recommender.vocabulary import Vocabulary

DASHBOARD = json.loads((service.ROOT / "deploy/grafana/estante.json").read_text())
QUERIES = [
    (panel["title"], target["expr"], target["legendFormat"])
    for panel in DASHBOARD["panels"]
    for target in panel["targets"]
]
SCRAPED = {"instance", "job"}  # what Prometheus adds to all that it reads


def write_model(folder):
    """Ana bought rye; cola is what is bought most."""
    model = Model(
        customers=Vocabulary(["ana"]),
        catalogue=Catalogue(["cola", "rye", "tea"], ["Cola", "Rye", "Tea"], ["drinks", "", ""]),
        history=History(np.array([0, 1]), np.array([1], dtype=np.int32), n_products=3),
        scorers={"popularity": Popularity(np.array([3, 1, 2], dtype=np.float32))},
        modes={"discover": {"popularity": 1.0}},
    )
    artifact.write(folder, model, lineage={}, metrics={})


@pytest.fixture(scope="module")
def metrics(tmp_path_factory):
    """Ask a service, rules and all; return the labels that each of its series has."""
    folder = tmp_path_factory.mktemp("grafana")
    write_model(folder / "model")
    (folder / "rules.json").write_text('{"available_products": ["rye", "tea"]}')
    with service.started(
        str(folder / "model"),
        folder / "run",
        port=ports.free(1)[0],
        environment={"ESTANTE_RULES": str(folder / "rules.json")},
    ) as server:
        for customer in ("ana", "nobody"):
            path = f"/v1/customers/{customer}/recommendations"
            httpx.get(server.url + path).raise_for_status()
        httpx.post(f"{server.url}/v1/recommendations", json={"requests": [{}]}).raise_for_status()
        text = httpx.get(f"{server.url}/metrics").raise_for_status().text
    samples = [s for family in text_string_to_metric_families(text) for s in family.samples]
    return {sample.name: set(sample.labels) for sample in samples}


def labels_of(query):
    """Return the labels that a query matches or sums by, without those of Grafana's variables."""
    matched = re.findall(r'(\w+)(?:=~|!~|!=|=)"', query)
    summed = [name for group in re.findall(r"by \(([^)]*)\)", query) for name in group.split(", ")]
    return {*matched, *summed}


@pytest.mark.parametrize(("title", "query", "legend"), QUERIES, ids=lambda text: text[:40])
def test_a_query_asks_for_what_there_is(metrics, title, query, legend):
    names = re.findall(r"\b(?:estante|process)_\w+", query)

    assert names, title
    for name in names:
        assert name in metrics, title
        assert labels_of(query) <= metrics[name] | SCRAPED, title
    shown = set(re.findall(r"\{\{(\w+)\}\}", legend))
    if " by (" in query:
        assert shown <= labels_of(query), title
    else:
        assert shown <= metrics[names[0]] | SCRAPED, title


def test_every_metric_of_the_service_is_shown(metrics):
    shown = {name for _, query, _ in QUERIES for name in re.findall(r"estante_\w+", query)}
    told = {re.sub(r"_(bucket|sum|count)$", "", name) for name in metrics}

    unshown = {name for name in told if name.startswith("estante")} - {
        re.sub(r"_(bucket|sum|count)$", "", name) for name in shown
    }
    assert not unshown


def test_variables_ask_for_what_there_is(metrics):
    for variable in DASHBOARD["templating"]["list"]:
        if variable["type"] == "query":
            assert re.findall(r"estante_\w+", variable["query"])[0] in metrics


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
def test_prometheus_understands_every_query(tmp_path):
    rules = [
        {"record": f"query{i}", "expr": query.replace("$__rate_interval", "5m")}
        for i, (_, query, _) in enumerate(QUERIES)
    ]
    file = Path(tmp_path) / "rules.json"  # which is YAML, too
    file.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}))
    command = ["promtool", "check", "rules", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(QUERIES)} rules found" in done.stdout
