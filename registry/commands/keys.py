"""``keys``: a key pair for signatures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from registry.commands.command import add_command
from registry.keys import PUBLIC_KEYS, SIGNING_KEY, make_key

if TYPE_CHECKING:
    import argparse


def add(commands: Any) -> None:
    """Add the command."""
    command = add_command(
        commands,
        "keys",
        _keys,
        f"make a key pair for signatures; the private key is written to FILE, to which "
        f"{SIGNING_KEY} is set where models are pushed; the public key is printed, for "
        f"{PUBLIC_KEYS} where they are read. If FILE is there, its public key is printed",
    )
    command.add_argument("file", metavar="FILE", type=Path, help="the private key, a PEM file")


def _keys(options: argparse.Namespace) -> None:
    public_key = make_key(options.file)
    if options.json:
        print(json.dumps({"private_key_file": str(options.file), "public_key": public_key}))
    else:
        print(public_key)
