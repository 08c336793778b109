"""A model in a bucket whose versions anybody can tell apart, and who promotes them."""

import json
import uuid
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from recommender import artifact
from recommender.catalogue import Catalogue
from recommender.history import History
from recommender.model import Model
from recommender.query import Query
from recommender.recommend import recommend
from recommender.rules import Rules
from recommender.scorers import Factors, Popularity
from recommender.vocabulary import Vocabulary
from registry.promotion import promote
from registry.push import push
from registry.rules_push import push_rules
from serving.follower import Follower
from serving.model_source import ModelSource
from serving.settings import Settings
from serving.snapshot import Slot

BUCKET = "serving"


def write_model(folder, seed=0, n_customers=20, n_products=30, weight=1.0):
    """Write a model whose scores are random: every seed recommends something else."""
    random = np.random.default_rng(seed)
    model = Model(
        customers=Vocabulary(f"c{row}" for row in range(n_customers)),
        catalogue=Catalogue(
            [f"p{row}" for row in range(n_products)],
            [f"Product {row}" for row in range(n_products)],
            [f"aisle {row % 7}" for row in range(n_products)],
        ),
        history=History(
            np.arange(n_customers + 1),
            random.integers(n_products, size=n_customers, dtype=np.int32),
            n_products=n_products,
        ),
        scorers={
            "popularity": Popularity(random.random(n_products, dtype=np.float32)),
            "factors": Factors(
                random.standard_normal((n_customers, 8), dtype=np.float32),
                random.standard_normal((n_products, 8), dtype=np.float32),
                np.zeros(n_products, dtype=np.float32),
            ),
        },
        modes={"discover": {"factors": weight}},
    )
    return artifact.write(folder, model, lineage={"seed": seed}, metrics={})


def product_ids(folder, customer_id, rules=None):
    """Compute which products a model's folder recommends."""
    model = artifact.load(folder).model
    [answer] = recommend(model, [Query(customer_id)], rules)
    return [item.product_id for item in answer.items]


def follow(uri, **settings):
    """Return a slot, and a follower of a model for it that has not looked yet."""
    slot = Slot(uri)
    source = ModelSource(Settings(model=uri, device="cpu", **settings), slot)
    return slot, Follower(source, slot, slot.model, poll_seconds=0.01)


def served(slot):
    reference = slot.current().reference
    return reference.version, reference.stale


@dataclass
class Shelf:
    """One model's place in a bucket that exists."""

    folder: Path
    name: str

    @classmethod
    def new(cls, folder):
        return cls(folder, f"s3://{BUCKET}/m{uuid.uuid4().hex[:12]}")

    @property
    def alias(self):
        return f"{self.name}@prod"

    @property
    def rules(self):
        return f"{self.name}@default"

    def version(self, version):
        return self.folder / version

    def push(self, version, seed, **sizes):
        digest = write_model(self.version(version), seed, **sizes)
        push(self.version(version), f"{self.name}:{version}", bento=False)
        return digest

    def promote(self, version):
        promote(self.alias, version, why="test")

    def push_rules(self, **rules):
        return push_rules(Rules(**rules), self.rules, why="test").generation

    def key(self, *parts):
        return "/".join([self.name.rpartition("/")[2], *parts])

    def blob_key(self, version, file):
        manifest = json.loads((self.version(version) / "manifest.json").read_text())
        return self.key("blobs", "sha256", manifest["files"][file]["sha256"])
