"""``show``: one version, all that is known of it."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from registry import aliases, keys, manifests, signatures, versions
from registry.commands.command import add_command
from registry.commands.table import print_table
from registry.errors import URIError
from registry.store import Store
from registry.uri import parse_s3

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from recommender.manifest import Manifest
    from registry.versions import VersionRecord

_PLAIN = ("novelty", "popularity_bias")  # metrics that are no fractions


def add(commands: Any) -> None:
    """Add the command."""
    command = add_command(
        commands,
        "show",
        _show,
        "show a version: who pushed it, its size, aliases, lineage and metrics; nothing but its "
        "manifest is fetched",
    )
    command.add_argument(
        "uri", metavar="URI", help="s3://BUCKET/PREFIX/NAME:VERSION, or ...@ALIAS for what it names"
    )


def _show(options: argparse.Namespace) -> None:
    uri = parse_s3(options.uri)
    if not (uri.version or uri.alias):
        raise URIError(f"{uri} names no version: give {uri}:VERSION or {uri}@ALIAS")
    store = Store.open(uri.bucket)
    version = uri.version or aliases.read(store, uri).target
    record = versions.read(store, uri, version)
    manifest, _ = manifests.read(store, uri, record)
    named_by = aliases.by_version(store, uri).get(version, [])
    if options.json:
        fields = {"uri": str(uri.at_version(version)), **asdict(record), "size": record.size}
        for name in ("scorers", "modes", "lineage", "metrics"):
            fields[name] = asdict(manifest)[name]
        print(json.dumps({**fields, "aliases": named_by}, indent=2))
        return
    for name, value in _facts(record, manifest, named_by).items():
        print(f"{name:10}{value}")
    _print_metrics(manifest.metrics)


def _facts(record: VersionRecord, manifest: Manifest, named_by: list[str]) -> dict[str, str]:
    lineage = manifest.lineage
    data, code = lineage.get("data", {}), lineage.get("code", {})
    facts = {
        "version": f"{record.name}:{record.version}",
        "digest": record.digest,
        "pushed": f"{record.when} by {record.who}",
        "signed": _signer(record.signature),
        "aliases": ", ".join(named_by) or "none",
        "size": f"{record.size:,} bytes in {len(record.blobs)} files",
        "modes": "; ".join(f"{mode}: {_pairs(of)}" for mode, of in manifest.modes.items()),
        "data": " ".join([data.get("digest", ""), *data.get("parts", ())]),
        "code": str(code.get("commit", "")) + (" and changes to it" if code.get("changed") else ""),
        "seed": str(lineage.get("seed", "")),
        "libraries": _pairs(lineage.get("libraries", {})),
    }
    return {name: value for name, value in facts.items() if value}


def _signer(signature: Mapping[str, Any] | None) -> str:
    if not signature:
        return "no"
    checked = signatures.trusted_signer(signature)
    if checked:
        return f"by {checked}"
    key = signature.get("public_key")
    return f"says it is signed by {key} (not checked: {keys.PUBLIC_KEYS} is not set)"


def _pairs(values: Mapping[str, Any]) -> str:
    return ", ".join(
        f"{name} {value:.3g}" if isinstance(value, float) else f"{name} {value}"
        for name, value in values.items()
    )


def _print_metrics(metrics: Mapping[str, Any]) -> None:
    """Print each metric at each cut-off, in percent; popularity's recall beside it."""
    if not metrics:
        print("measured  never")
        return
    print(
        f"measured  on {metrics['split']}, {metrics['mode']}, {metrics['n_customers']:,} customers"
        "; %, with 95% intervals; novelty in bits, popularity_bias a ratio"
    )
    rows = {"recall": metrics["recall"], **metrics["metrics"]}
    for name, baseline in metrics["baselines"].items():
        rows[f"recall of {name}"] = baseline["recall"]
    print_table(
        [
            {"metric": name, **{f"@{k}": _cell(name, values[k]) for k in sorted(values, key=int)}}
            for name, values in rows.items()
        ],
        as_json=False,
    )


def _cell(metric: str, value: Any) -> str:
    if metric in _PLAIN:
        return f"{value['mean'] if isinstance(value, dict) else value:.2f}"
    if isinstance(value, dict):
        mean, low, high = (100 * value[name] for name in ("mean", "low", "high"))
        return f"{mean:.1f} ({low:.1f} to {high:.1f})"
    return f"{100 * value:.1f}"
