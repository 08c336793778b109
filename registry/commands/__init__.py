"""The registry at the command line: ``python -m registry list|push|pull|promote|...``.

A file each for a group of commands: `add` in it makes their parsers.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from registry.commands import keys, listing, promotions, rules, setup, show, transfers, upkeep
from registry.commands.command import EPILOG
from registry.commands.waiting import told_of_waiting
from registry.errors import RegistryError, URIError

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the arguments say; return the exit code."""
    options = parser().parse_args(arguments)
    try:
        with told_of_waiting():
            options.run(options)
    except URIError as error:
        return _fail(str(error), 2)
    except RegistryError as error:
        return _fail(str(error), 1)
    except OSError as error:
        return _fail(f"{error}; check the path and its rights, or name another place", 1)
    except KeyboardInterrupt:
        return _fail("interrupted; run the same command again to go on", 130)
    return 0


def _fail(message: str, code: int) -> int:
    print(f"error: {message}", file=sys.stderr)
    return code


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    top = argparse.ArgumentParser(
        prog="python -m registry",
        description="Versions and aliases of fitted models on object storage.",
        epilog=EPILOG,
    )
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    for group in (listing, show, transfers, promotions, rules, upkeep, keys, setup):
        group.add(commands)
    return top
