"""``setup``: a bucket for models, and accounts that may do no more than they must."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from registry.commands.command import add_command
from registry.commands.table import print_table
from registry.errors import URIError
from registry.setup.step import Step
from registry.store import Store
from registry.uri import parse_s3_folder

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence


def add(commands: Any) -> None:
    """Add the command."""
    command = add_command(
        commands,
        "setup",
        _setup,
        "make a bucket ready, and on MinIO three accounts; it is versioned and its old versions "
        "expire; below s3://BUCKET/PREFIX/NAME all accounts may read, the trainer may write what "
        "push and promote write, the janitor may remove what gc removes, the server may do no "
        "more. Shows what it would do until it is told to --apply; what is there already is left "
        "alone. Secrets are taken from ESTANTE_TRAINER_SECRET, ESTANTE_SERVER_SECRET and "
        "ESTANTE_JANITOR_SECRET, or made up and printed once",
    )
    command.add_argument("uri", metavar="URI", help="s3://BUCKET")
    command.add_argument("--apply", action="store_true", help="do it")


def _setup(options: argparse.Namespace) -> None:
    # Only this command needs MinIO's own client.
    from registry.setup import accounts, bucket, policies  # noqa: PLC0415

    bucket_alone, _, below = options.uri.removeprefix("s3://").partition("/")
    if below:
        raise URIError(
            f"{options.uri} is a part of a bucket: setup is for a whole one, s3://{bucket_alone}"
        )
    folder = parse_s3_folder(options.uri)
    store = Store.open(folder.bucket)
    server, shown = accounts.Accounts(store), dict[str, str]()
    is_minio = server.are_there()
    steps = bucket.steps(store, minio=is_minio)
    if is_minio:
        steps += [step for role in policies.ROLES for step in server.steps(role, shown)]
    else:
        steps.append(Step("accounts", "not MinIO: make them by the server's own means"))
    done: list[Step] = []
    try:
        for step in steps if options.apply else ():
            if step.apply:
                step.apply()
                done.append(step)
    finally:  # a secret that was made up must be seen, whatever fails after it
        documents = policies.all_of(store.bucket, minio=is_minio)
        _print(options, [_row(step, done) for step in steps], documents, shown)


def _row(step: Step, done: Sequence[Step]) -> dict[str, str | None]:
    then = None if step.apply is None else "done" if step in done else "to do"
    return {"what": step.what, "state": step.state, "then": then}


def _print(
    options: argparse.Namespace,
    rows: list[dict[str, Any]],
    documents: Mapping[str, Mapping[str, Any]],
    shown: Mapping[str, str],
) -> None:
    if options.json:
        print(json.dumps({"steps": rows, "policies": documents, "secrets": shown}, indent=2))
        return
    print_table(rows, as_json=False)
    for name, document in documents.items():
        print(f"\npolicy {name}:\n{json.dumps(document, indent=2)}")
    for name, secret in shown.items():
        print(f"\nAWS_ACCESS_KEY_ID={name}\nAWS_SECRET_ACCESS_KEY={secret}")
    if shown:
        print("\nThese secrets are shown this once.")
    if not options.apply:
        print("\nNothing was changed; --apply does what is to do.")
