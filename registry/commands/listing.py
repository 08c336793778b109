"""``list``: what there is."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from registry import aliases, versions
from registry.commands.command import add_command
from registry.commands.table import print_table
from registry.errors import RecordError
from registry.store import Store
from registry.uri import parse_s3, parse_s3_folder

if TYPE_CHECKING:
    import argparse

    from registry.uri import S3URI


def add(commands: Any) -> None:
    """Add the command."""
    command = add_command(
        commands, "list", _list, "list the versions of a model, or the models below a /"
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
    uri = parse_s3(options.uri)
    store = Store.open(uri.bucket)
    named_by = _aliases_by_version(store, uri)
    found = [
        _version_fields(store, uri, version, named_by.get(version, []))
        for version in versions.names(store, uri)
    ]
    if not found:
        print(f"{uri} has no versions", file=sys.stderr)
    print_table(found, options.json)


def _aliases_by_version(store: Store, uri: S3URI) -> dict[str, list[str]]:
    named_by: dict[str, list[str]] = {}
    for alias in aliases.names(store, uri):
        target = aliases.read(store, uri.at_alias(alias)).target
        named_by.setdefault(target, []).append(alias)
    return named_by


def _version_fields(
    store: Store, uri: S3URI, version: str, named_by: list[str]
) -> dict[str, object]:
    fields: dict[str, object] = {"version": version, "aliases": named_by}
    try:
        record = versions.read(store, uri, version)
    except RecordError as error:  # one bad record hides no other
        print(f"warning: {error}", file=sys.stderr)
        return fields | dict.fromkeys(("when", "who", "size", "digest"))
    return fields | {
        "when": record.when,
        "who": record.who,
        "size": record.size,
        "digest": record.digest,
    }
