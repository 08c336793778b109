"""``python -m serving key``: make a key for the clients of the service."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from serving.access import SCOPES, new_key, parse_keys
from serving.errors import SettingsError


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    root = argparse.ArgumentParser(prog="python -m serving", description="What the service needs.")
    commands = root.add_subparsers(required=True, metavar="COMMAND")
    key = commands.add_parser(
        "key",
        help="make an API key",
        description="Make a key, print it, and add its name, scope and hash to the file that "
        "ESTANTE_API_KEYS_FILE names. The key itself is kept nowhere: give it to its client now. "
        "A service that runs takes it within a second. To end a key, remove its line.",
    )
    key.add_argument("--file", type=Path, required=True, help="where to add it; made if missing")
    key.add_argument("--name", required=True, help="whose it is: a-z, 0-9, dots, dashes")
    key.add_argument("--scope", choices=SCOPES, default="read", help="read: all but /metrics")
    return root


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return 0, or 1 with one line of why not."""
    given = parser().parse_args(arguments)
    try:
        print(_add(given.file, given.name, given.scope))
    except (SettingsError, OSError, UnicodeDecodeError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _add(file: Path, name: str, scope: str) -> str:
    """Add a new key's line to the file; return the key."""
    text = file.read_text() if file.exists() else ""
    key, line = new_key(name, scope)
    added = text + ("" if text.endswith("\n") or not text else "\n") + line + "\n"
    parse_keys(added, str(file))
    # Written beside it and renamed: a service never reads half of it.
    written = file.with_name(file.name + ".new")
    written.touch(mode=0o600)
    written.write_text(added)
    written.replace(file)
    return key


if __name__ == "__main__":
    sys.exit(main())
