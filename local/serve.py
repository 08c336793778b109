"""``make serve``: the demo's model, served until Ctrl-C.

As long as it runs, ``serve.json`` beside the demo's folder (``var/serve.json``) says where, by
which process, and which model.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import cast, get_args

from local import object_store, service, workplace
from local.errors import LocalError, NothingToServeError
from local.object_store import StoreKind


def main() -> int:
    """Serve until Ctrl-C and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m local.serve", description=__doc__)
    parser.add_argument(
        "--port", type=int, help="where to listen (default: the first free one from 3000)"
    )
    parser.add_argument(
        "--folder",
        type=Path,
        default=workplace.FOLDER,
        help=f"where make demo kept its model (default: {workplace.FOLDER})",
    )
    given = parser.parse_args()
    try:
        with workplace.held(given.folder):
            _serve(given.folder, given.port)
    except LocalError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
    return 0


def _serve(folder: Path, port: int | None) -> None:
    kind = _kind_of_store(folder)
    with (
        object_store.started(kind, folder / f"store-{kind}") as store,
        service.started(
            workplace.ALIAS, folder, port=port, environment=store.environment()
        ) as running,
    ):
        state = {"url": running.url, "pid": os.getpid(), "model": workplace.ALIAS}
        said = folder.parent / "serve.json"
        said.write_text(json.dumps(state) + "\n", encoding="utf-8")
        try:
            print(f"ready {running.url}", flush=True)
            running.child.wait()
        finally:
            said.unlink(missing_ok=True)


def _kind_of_store(folder: Path) -> StoreKind:
    """Return the store that the last demo filled."""
    said = folder / workplace.KIND
    for kind in get_args(StoreKind):
        if said.exists() and said.read_text(encoding="utf-8") == kind:
            return cast("StoreKind", kind)
    raise NothingToServeError("there is no model to serve yet; run make demo first")


if __name__ == "__main__":
    sys.exit(main())
