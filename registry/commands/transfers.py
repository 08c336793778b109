"""``push`` and ``pull``: a model into the registry and out of it."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from registry.commands.bar import bar
from registry.commands.command import add_command
from registry.pull import export, pull
from registry.push import push
from registry.uri import parse_s3

if TYPE_CHECKING:
    import argparse


def add(commands: Any) -> None:
    """Add the commands."""
    _add_push(commands)
    _add_pull(commands)


def _add_push(commands: Any) -> None:
    command = add_command(
        commands,
        "push",
        _push,
        "register a model as a version; what is there already is not sent again, so that a push "
        "that failed goes on where it stopped",
    )
    command.add_argument("folder", metavar="FOLDER", type=Path, help="the fitted model")
    command.add_argument(
        "uri",
        metavar="URI",
        help="s3://BUCKET/PREFIX/NAME:VERSION; without :VERSION it is the time and the digest",
    )
    command.add_argument(
        "--no-bento", action="store_true", help="do not keep it in the local BentoML store too"
    )


def _add_pull(commands: Any) -> None:
    command = add_command(
        commands,
        "pull",
        _pull,
        "get a model, verified, and print its folder; it is kept in ESTANTE_CACHE (by default "
        "estante/models in the user's cache folder), and what is there is not fetched again",
    )
    command.add_argument(
        "uri", metavar="URI", help="s3://BUCKET/PREFIX/NAME@ALIAS, ...:VERSION or bento://..."
    )
    command.add_argument("--to", metavar="DIR", type=Path, help="copy it to this new folder too")
    command.add_argument(
        "--bento", action="store_true", help="keep it in the local BentoML store too"
    )


def _push(options: argparse.Namespace) -> None:
    with bar("push") as progress:
        record = push(options.folder, options.uri, bento=not options.no_bento, progress=progress)
    uri = parse_s3(options.uri).at_version(record.version)
    if options.json:
        print(json.dumps({"uri": str(uri), **asdict(record)}, indent=2))
    else:
        print(f"pushed {uri} ({record.digest}, {record.size:,} bytes)")


def _pull(options: argparse.Namespace) -> None:
    with bar("pull") as progress:
        pulled = pull(options.uri, progress=progress, bento=options.bento)
    folder = pulled.folder
    if options.to:
        folder = export(pulled, options.to)
    fields = {**asdict(pulled), "folder": str(folder)}
    print(json.dumps(fields, indent=2) if options.json else folder)
