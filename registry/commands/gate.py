"""What ``promote`` asks of a version before it promotes it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from registry.commands.bar import bar
from registry.commands.table import print_table
from registry.errors import GateError
from registry.gate import held_out, requirements
from registry.gate.judge import judge

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from registry.gate.checks import Check, Verdict
    from registry.gate.judge import Judged


def add_gate(command: argparse.ArgumentParser) -> None:
    """Let the command say what is asked, and what is measured on."""
    command.add_argument(
        "--held-out",
        type=Path,
        metavar="FILE",
        help="purchases that no model learned from, as python -m training held-out writes them",
    )
    command.add_argument(
        "--gate",
        type=Path,
        default=requirements.DEFAULT,
        metavar="FILE",
        help="what is asked, a TOML file (default: registry/gate/default.toml)",
    )
    command.add_argument(
        "--force",
        action="store_true",
        help="promote even if a check fails; the history shows it, with the reason",
    )


def pass_gate(options: argparse.Namespace) -> tuple[Judged, dict[str, Any] | None]:
    """Judge a version, show the checks, and return what is known and the history's form of it.

    Raises
    ------
    GateError
        If a check fails, unless the promotion is forced.
    """
    asked = requirements.read(options.gate)
    purchases = None if options.held_out is None else held_out.read(options.held_out)
    found = judge(options.uri, options.version, asked, purchases, bar)
    verdict = found.verdict
    if verdict is None:
        return found, None
    if not options.json:
        if not verdict.checks:
            print(f"{asked.file} asks for nothing")
        print_table([_row(check) for check in verdict.checks], as_json=False)
    if verdict.passed:
        return found, verdict.to_dict()
    if not options.force:
        if options.json:
            print(json.dumps({"gate": verdict.to_dict()}, indent=2))
        raise GateError(_refusal(options.version, verdict))
    return found, verdict.to_dict(forced=True)


def in_a_word(gate: Mapping[str, Any] | None) -> str | None:
    """Return what a line of the history says of a gate, and its file; None if there was none."""
    if gate is None:
        return None
    if gate.get("forced"):
        word = "forced"
    elif not gate.get("measured", True):
        word = "unmeasured"
    else:
        word = "passed" if gate.get("checks", True) else "nothing asked"
    file = gate.get("requirements", {}).get("file")
    return f"{word} ({file})" if file else word


def _row(check: Check) -> dict[str, str]:
    return {
        "check": check.name,
        "found": _text(check.found),
        "required": check.required,
        "passed": {True: "yes", False: "NO", None: "-"}[check.passed],
    }


def _text(found: Any) -> str:
    if isinstance(found, dict):
        return f"{found['mean']:+.4f} ({found['low']:+.4f} to {found['high']:+.4f})"
    return found if isinstance(found, str) else f"{found:,.4g}" if found % 1 else f"{found:,.0f}"


def _refusal(version: str, verdict: Verdict) -> str:
    """Return one line, in which each thing that was asked, and failed, is named once."""
    failed: dict[tuple[str, str], list[Check]] = {}
    for check in verdict.checks:
        if check.passed is False:
            asked = check.name.partition(",")[0], check.required  # each may be asked of many parts
            failed.setdefault(asked, []).append(check)
    said = []
    for (_, required), parts in failed.items():
        others = f" and {len(parts) - 1} other parts" if len(parts) > 1 else ""
        said.append(f"{parts[0].name}{others}: {_text(parts[0].found)} (asked: {required})")
    return (
        f"{version} does not pass the gate {verdict.requirements.file}: {'; '.join(said)}; nothing "
        "was promoted; promote a better one, or this one with --force, which the history shows"
    )
