"""``make demo``: the whole path on real data, from transactions to answers over HTTP."""

from __future__ import annotations

import argparse
import json
import shlex
import sys
import time
from typing import TYPE_CHECKING, get_args

from local import object_store, processes, service, workplace
from local.errors import LocalError
from local.object_store import StoreKind

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

CONFIG = f"training/configs/{workplace.NAME}.toml"
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
    kind: StoreKind = parser.parse_args().store
    begun = time.monotonic()
    try:
        with workplace.held() as folder:
            _run(kind, folder)
    except LocalError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nstopped; nothing is left running, and make demo starts anew", file=sys.stderr)
        return INTERRUPTED
    print(f"\nDone in {time.monotonic() - begun:.0f} s; everything that was started is stopped.")
    print("Next: make serve keeps the service running; README.md tells where to go from there.")
    return 0


def _run(kind: StoreKind, folder: Path) -> None:
    model = folder / "model"
    print(f"An object store: {kind} on the loopback address")
    with object_store.started(kind, folder / f"store-{kind}") as store:
        store.create_bucket(workplace.BUCKET)
        variables = store.environment()
        _python("-m", "training", "run", "--config", CONFIG, "--out", str(model))
        pushed = _python(
            "-m",
            "registry",
            "push",
            str(model),
            workplace.MODEL_PREFIX,
            "--json",
            variables=variables,
            quiet=True,
        )
        version = json.loads(pushed)["version"]
        _python(
            "-m",
            "registry",
            "promote",
            workplace.ALIAS,
            version,
            "--why",
            "make demo",
            variables=variables,
        )
        _python("-m", "registry", "list", workplace.MODEL_PREFIX, variables=variables)
        print(f"\n$ ESTANTE_MODEL={workplace.ALIAS} bentoml serve service:Estante")
        with service.started(workplace.ALIAS, folder, environment=variables) as running:
            print(f"ready {running.url}")
            _python("-m", "loadtests.smoke", running.url, "--model", str(model))


def _python(
    *arguments: str, variables: Mapping[str, str] | None = None, quiet: bool = False
) -> str:
    """Show and run one command; return what it printed if quiet."""
    print("\n$ " + shlex.join(["python", *arguments]))
    return processes.run([sys.executable, *arguments], environment=variables, quiet=quiet)


if __name__ == "__main__":
    sys.exit(main())
