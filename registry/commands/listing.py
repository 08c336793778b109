"""``list``: what there is."""

from __future__ import annotations

import json
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

from registry import aliases, manifests, versions
from registry.commands.command import add_command
from registry.commands.table import print_table
from registry.errors import AbsentError, BrokenError, IntegrityError, RecordError
from registry.parallel import each
from registry.store import Store
from registry.uri import parse_s3_folder, parse_s3_model

if TYPE_CHECKING:
    import argparse

    from registry.uri import S3URI


def add(commands: Any) -> None:
    """Add the command."""
    command = add_command(
        commands,
        "list",
        _list,
        "list the versions of a model, the newest first, or the models below a /",
    )
    command.add_argument(
        "uri", metavar="URI", help="s3://BUCKET/PREFIX/NAME, or s3://BUCKET/PREFIX/ for the models"
    )


def _list(options: argparse.Namespace) -> None:
    if options.uri.endswith("/") or options.uri.count("/") == 2:
        folder = parse_s3_folder(options.uri)
        below = f"{folder.prefix}/" if folder.prefix else ""
        models = list(Store.open(folder.bucket).folders(below))
        print(json.dumps(models, indent=2) if options.json else "\n".join(models))
        return
    uri = parse_s3_model(options.uri)
    store = Store.open(uri.bucket)
    named_by = aliases.by_version(store, uri)
    row = partial(_row, store, uri, named_by, options.json)
    found = [one for one in each(row, versions.names(store, uri)) if one is not None]
    found.sort(key=lambda one: str(one["when"] or ""), reverse=True)
    if not found:
        print(
            f"{uri} has no versions; python -m registry list {uri}/ shows the models below it",
            file=sys.stderr,
        )
    print_table(found, options.json)


def _row(
    store: Store, uri: S3URI, named_by: dict[str, list[str]], as_json: bool, version: str
) -> dict[str, object] | None:
    """Return what there is to say of a version: a bad record hides no other."""
    row: dict[str, object] = {"version": version, "aliases": named_by.get(version, [])}
    row |= dict.fromkeys(("when", "who", "size", "recall", "digest"))
    try:
        record = versions.find(store, uri, version)
        if record is None:  # gc beside this removed it
            return None
        row |= {name: getattr(record, name) for name in ("when", "who", "size", "digest")}
        recall = manifests.read(store, uri, record)[0].metrics.get("recall")
        row["recall"] = recall if as_json or not recall else _first(recall)
    except (RecordError, IntegrityError, AbsentError, BrokenError) as error:
        print(f"warning: {error}", file=sys.stderr)
    return row


def _first(recall: dict[str, Any]) -> str:
    """Return the recall at the smallest cut-off."""
    k = min(recall, key=int)
    return f"{100 * recall[k]['mean']:.1f}% @{k}"
