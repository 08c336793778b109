"""``make demo``: the whole path on real data, from transactions to answers over HTTP."""

from __future__ import annotations

import argparse
import json
import shlex
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import httpx
import numpy as np

from local import object_store, processes, service, workplace
from local.errors import LocalError
from local.object_store import StoreKind
from training.fit import ALL_BUT_TEST
from training.prepared import Prepared

if TYPE_CHECKING:
    from collections.abc import Mapping

CONFIG = Path("training", "configs", f"{workplace.NAME}.toml")
N_CUSTOMERS = 3
N_PRODUCTS = 6
INTERRUPTED = 130


def main() -> int:
    """Run the demo and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m local.demo", description=__doc__)
    parser.add_argument(
        "--store",
        choices=get_args(StoreKind),
        default="seaweedfs",
        help="the object store to start (default: seaweedfs)",
    )
    parser.add_argument(
        "--folder",
        type=Path,
        default=workplace.FOLDER,
        help=f"where everything is kept (default: {workplace.FOLDER})",
    )
    given = parser.parse_args()
    begun = time.monotonic()
    try:
        with workplace.held(given.folder):
            _run(given.store, given.folder)
    except LocalError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nstopped; nothing is left running, and make demo starts anew", file=sys.stderr)
        return INTERRUPTED
    print(f"\nDone in {time.monotonic() - begun:.0f} s; all that was started is stopped.")
    print("Next: make serve keeps this service running; README.md says where to go from there.")
    return 0


def _run(kind: StoreKind, folder: Path) -> None:
    model, prepared, held_out = folder / "model", folder / "prepared", folder / "held-out.json"
    data = ("--config", CONFIG, "--prepared", prepared)
    print(f"Starting an object store, {kind}, on the loopback address", flush=True)
    with object_store.started(kind, folder / f"store-{kind}") as store:
        store.create_bucket(workplace.BUCKET)
        (folder / workplace.KIND).write_text(kind, encoding="utf-8")
        where = store.environment()
        _python("training", "run", *data, "--out", model)
        pushed = _python("registry", "push", model, workplace.MODEL, "--json", env=where, keep=True)
        version = json.loads(pushed)["version"]
        _python("training", "held-out", *data, "--out", held_out)
        asked = ("--held-out", held_out, "--why", "make demo")
        _python("registry", "promote", workplace.ALIAS, version, *asked, env=where)
        _python("registry", "list", workplace.MODEL, env=where)
        print(f"\n$ ESTANTE_MODEL={workplace.ALIAS} bentoml serve service:Estante", flush=True)
        with service.started(workplace.ALIAS, folder, environment=where) as running:
            print(f"ready {running.url}")
            _ask(running.url, Prepared.load(prepared))
            checked = _python("loadtests.smoke", running.url, "--model", model, keep=True)
            print(checked.splitlines()[-1])


def _python(
    module: str, *arguments: str | Path, env: Mapping[str, str] | None = None, keep: bool = False
) -> str:
    """Show and run one command; return what it printed if that is kept from the terminal."""
    command = ["-m", module, *map(str, arguments)]
    print("\n$ " + shlex.join(["python", *command]), flush=True)
    return processes.run([sys.executable, *command], environment=env, quiet=keep)


def _ask(url: str, prepared: Prepared) -> None:
    """Print for a few customers what the model has seen them buy, and what it recommends."""
    baskets = prepared.matrix(*ALL_BUT_TEST)  # (n_customers, n_products)
    regulars = np.argsort(-baskets.sum(axis=1).A1)[:N_CUSTOMERS]
    for customer in regulars:
        customer_id = prepared.customer_ids[customer]
        most = np.argsort(-baskets[customer].toarray()[0])[:N_PRODUCTS]
        names = prepared.products["name"].iloc[most]
        address = f"{url}/v1/customers/{customer_id}/recommendations?k={N_PRODUCTS}"
        print(f"\n$ curl '{address}'")
        print(f"customer {customer_id} buys most:  {', '.join(names)}")
        print("    and may come to like:")
        for item in httpx.get(address).raise_for_status().json()["items"]:
            print(f"{item['rank']:>6}  {item['name']}  [{item['category']}]")


if __name__ == "__main__":
    sys.exit(main())
