"""What the commands have in common: how one is added, and the arguments that several take."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

EPILOG = (
    "The object store is found by the variables that every S3 tool reads: AWS_ENDPOINT_URL_S3, "
    "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_CA_BUNDLE and so on. "
    "Exit code: 0 done, 1 failed, 2 wrong usage, 130 interrupted."
)


def add_command(
    commands: Any, name: str, run: Callable[[argparse.Namespace], None], text: str
) -> argparse.ArgumentParser:
    """Add a command; the list of commands shows ``text`` up to its first semicolon."""
    command: argparse.ArgumentParser = commands.add_parser(
        name,
        help=text.partition(";")[0],
        description=f"{text[0].upper()}{text[1:]}.",
        epilog=EPILOG,
    )
    command.add_argument("--json", action="store_true", help="print JSON, for programs")
    command.set_defaults(run=run)
    return command


def add_alias(command: argparse.ArgumentParser) -> None:
    """Let the command take the name of an alias."""
    command.add_argument("uri", metavar="URI", help="s3://BUCKET/PREFIX/NAME@ALIAS")


def add_why(command: argparse.ArgumentParser) -> None:
    """Let the command ask for a reason."""
    command.add_argument(
        "--why", required=True, type=reason, metavar="REASON", help="a reason, for people"
    )


def reason(text: str) -> str:
    """Take a reason for a history that is read line by line."""
    if not text.strip() or not text.isprintable():
        raise argparse.ArgumentTypeError("give a reason, on one line")
    return text.strip()
