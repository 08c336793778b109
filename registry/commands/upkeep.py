"""``verify`` and ``gc``: is everything as it was put there, and what is not needed any more."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from registry import garbage
from registry.commands.bar import bar
from registry.commands.command import add_command
from registry.commands.table import print_table
from registry.errors import IntegrityError
from registry.keys import PUBLIC_KEYS
from registry.retention import Retention
from registry.verification import verify

if TYPE_CHECKING:
    from registry.findings import Problem, Verified
    from registry.unneeded import Garbage


_TIME = "%Y-%m-%dT%H:%M:%SZ"


def add(commands: Any) -> None:
    """Add the commands."""
    command = add_command(
        commands,
        "verify",
        _verify,
        "read and hash everything again, and say what is damaged and which versions and aliases "
        "that affects; exit code 1 if anything is",
    )
    command.add_argument(
        "uri",
        metavar="URI",
        help="s3://BUCKET/PREFIX/NAME for everything, ...:VERSION or ...@ALIAS for one",
    )
    _add_gc(commands)


def _add_gc(commands: Any) -> None:
    command = add_command(
        commands,
        "gc",
        _gc,
        "show what nothing needs: contents, uploads that were never completed, and versions if "
        "you say which to keep; --delete removes it; what an alias names, and what is being pushed "
        "or promoted, is always kept",
    )
    command.add_argument("uri", metavar="URI", help="s3://BUCKET/PREFIX/NAME")
    command.add_argument("--delete", action="store_true", help="remove it; else it is only shown")
    _add_retention(command)


def _add_retention(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--keep-days",
        type=_not_negative(float),
        metavar="DAYS",
        help="give up versions, but none that was pushed or named by an alias within so many days",
    )
    command.add_argument(
        "--keep-versions",
        type=_not_negative(int),
        metavar="N",
        help="give up versions, but not the N newest, nor the last N that each alias named; with "
        "--keep-days what either rule keeps is kept",
    )
    command.add_argument(
        "--grace-hours",
        type=_not_negative(float),
        metavar="HOURS",
        default=garbage.GRACE / timedelta(hours=1),
        help="leave contents and uploads younger than this, so that a push that failed can go on "
        "(default: 24)",
    )


def _not_negative(kind: type[int] | type[float]) -> Any:
    def number(text: str) -> float:
        found = kind(text)
        if not 0 <= found < float("inf"):
            raise argparse.ArgumentTypeError(f"{text} must be 0 or more")
        return found

    number.__name__ = "number"  # what argparse calls it
    return number


def _verify(options: argparse.Namespace) -> None:
    with bar("verify") as progress:
        found = verify(options.uri, progress)
    if options.json:
        print(json.dumps(asdict(found), indent=2))
    else:
        _print_verified(found)
    if found.problems:
        n = len(found.problems)
        raise IntegrityError(
            f"{options.uri} has {n} problem{'s' * (n > 1)}: what is affected must not be used"
        )


def _print_verified(found: Verified) -> None:
    for problem in found.problems:
        print(_line(problem))
    _print_unvouched(found.unsealed, "no seal, as of an earlier release: a change is not seen")
    _print_unvouched(found.unsigned, f"no signature, and {PUBLIC_KEYS} is set")
    print(
        f"read {found.versions:,} versions, {found.generations:,} promotions, "
        f"{found.rules:,} rules, {found.blobs:,} contents ({found.size:,} bytes)"
    )


def _print_unvouched(objects: list[str], what: str) -> None:
    if objects:
        more = f" and {len(objects) - 1:,} more" if len(objects) > 1 else ""
        print(f"note: {objects[0]}{more}: {what}")


def _line(problem: Problem) -> str:
    said = problem.what if problem.object in problem.what else f"{problem.object} {problem.what}"
    affected = [*problem.versions, *(f"@{alias}" for alias in problem.aliases)]
    return f"{said} [affects {', '.join(affected)}]" if affected else said


def _gc(options: argparse.Namespace) -> None:
    retention = Retention(options.keep_days, options.keep_versions)
    grace = timedelta(hours=options.grace_hours)
    if options.delete:
        with bar("gc", unit="") as progress:
            found = garbage.remove(options.uri, retention, grace, progress)
    else:
        found = garbage.find(options.uri, retention, grace)
    if options.json:
        fields = {"deleted": options.delete, **found.summary(), "left": found.left}
        fields["kept"] = found.kept
        fields["young"] = {
            "blobs": len(found.young_blobs),
            "uploads": len(found.young_uploads),
            "until": found.until and f"{found.until:{_TIME}}",
        }
        print(json.dumps(fields, indent=2))
    else:
        _print_garbage(found, deleted=options.delete)


def _print_garbage(found: Garbage, *, deleted: bool) -> None:
    word = "removed" if deleted else "not needed"
    removed = [{"version": record.version, "is": word} for record in found.versions]
    kept = [{"version": name, "is": f"kept: {why}"} for name, why in found.kept.items()]
    print_table(sorted([*removed, *kept], key=lambda row: row["version"]), as_json=False)
    for blob in found.blobs:
        print(f"{blob.name}  {blob.size:,} bytes, written {blob.written:{_TIME}}")
    if found.until:
        print(
            f"left, being younger than --grace-hours: {len(found.young_blobs):,} contents, "
            f"{len(found.young_uploads):,} unfinished uploads; the last until "
            f"{found.until:{_TIME}}"
        )
    print(
        f"{'removed' if deleted else 'nothing needs'}: {len(found.versions):,} versions, "
        f"{len(found.blobs):,} contents ({found.size:,} bytes), {len(found.uploads):,} unfinished "
        f"uploads, {len(found.claims):,} claims"
        + ("" if deleted or not len(found) else "; --delete removes them")
        + (f"; {found.left:,} more are left: run it again" if found.left else "")
    )
