"""Ask a running server on every route and check what it answers: ``python -m loadtests.smoke URL``.

It prints each request as it can be typed, and the products that came back by their names.
Without ``--customer`` it asks for the customers that /v1/model names as examples. Where the server
wants a key, ESTANTE_API_KEY holds it.
"""

# ruff: noqa: T201  its output is what it is for

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from loadtests.conversation import Conversation
from loadtests.oracle import Oracle
from loadtests.paths import key_headers
from recommender.errors import RecommenderError

if TYPE_CHECKING:
    from collections.abc import Sequence

TIMEOUT_SECONDS = 30.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the script; return its exit code: 0 all right, 1 something was wrong."""
    options = _parser().parse_args(arguments)
    try:
        oracle = Oracle(options.model, options.rules) if options.model else None
        with httpx.Client(
            base_url=options.url, timeout=TIMEOUT_SECONDS, headers=key_headers()
        ) as client:
            conversation = Conversation(client, oracle, quiet=options.json)
            right = conversation.run(options.customer)
    except BrokenPipeError:  # whoever reads the output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except RecommenderError as error:
        return _failed(str(error))
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return _failed(
            f"{options.url} cannot be asked ({error or type(error).__name__}); give the URL "
            "of a running server, as http://127.0.0.1:3000"
        )
    except (ValueError, LookupError) as error:
        return _failed(f"{options.url} does not answer as this service: {error!r}")
    if options.json:
        print(json.dumps({"ok": right, "checks": [asdict(check) for check in conversation.done]}))
    else:
        wrong = sum(bool(check.faults) for check in conversation.done)
        print(f"{len(conversation.done)} requests, {wrong} answered wrongly")
    return 0 if right else 1


def _failed(reason: str) -> int:
    print(f"error: {reason}", file=sys.stderr)
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m loadtests.smoke", description=__doc__.partition(":")[0] + "."
    )
    parser.add_argument("url", help="of the server, as http://127.0.0.1:3000")
    parser.add_argument(
        "--customer",
        action="append",
        default=[],
        metavar="ID",
        help="ask for this customer; repeatable (default: the examples of /v1/model)",
    )
    parser.add_argument(
        "--model",
        type=Path,
        metavar="FOLDER",
        help="the folder of the model served: recompute every answer from it",
    )
    parser.add_argument(
        "--rules",
        type=Path,
        metavar="FILE",
        help="the rules in force, for --model to recompute by",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object instead")
    return parser


if __name__ == "__main__":
    sys.exit(main())
