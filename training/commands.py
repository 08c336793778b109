"""What ``python -m training COMMAND`` does; each has ``--help``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recommender import artifact
from recommender.errors import RecommenderError
from registry.errors import RegistryError, URIError
from registry.pull import pull
from training import config_file, held_out
from training.device import resolve
from training.errors import ConfigError, TrainingError
from training.estimators import SpotlightEstimator
from training.evaluate import evaluate, require_measurable, require_unseen
from training.fit import ALL_BUT_TEST, estimator_of, fit, learned_from
from training.lineage import lineage
from training.options import parser
from training.predict import predict, read_ids, require_file
from training.prepare import prepare
from training.save import save

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from recommender.artifact import LoadedModel
    from training.config import Config
    from training.prepared import Prepared

_TUNING_TRIALS, _TUNING_SECONDS = 40, 600  # of a run that tunes itself
FAILED, USAGE, INTERRUPTED = 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit code."""
    given = parser().parse_args(arguments)
    try:
        COMMANDS[given.command](given)
    except (ConfigError, URIError) as error:
        return _complain(error, USAGE)
    except (TrainingError, RecommenderError, RegistryError) as error:
        return _complain(error, FAILED)
    except OSError as error:
        return _complain(f"{error}; check the path and its rights, or name another", FAILED)
    except KeyboardInterrupt as interrupt:
        how = str(interrupt) or "interrupted; nothing half-written is left"
        return _complain(how, INTERRUPTED)
    return 0


def _prepare(given: argparse.Namespace) -> None:
    prepared = _prepared(given, _config(given), force=given.force)
    _print(given, prepared.summary(), prepared.summary_text())


def _baseline(given: argparse.Namespace) -> None:
    prepared = _prepared(given, _config(given))
    require_measurable(prepared, "test")
    model = fit(prepared, SpotlightEstimator(), seed=given.seed, device=resolve(given.device))
    evaluation = evaluate(model, prepared.matrix("test"), split="test")
    _print(given, evaluation.to_dict("spotlight"), evaluation.to_text("spotlight"))


def _fit(given: argparse.Namespace) -> None:
    _fit_and_save(given, given.parts, measure=False)


def _run(given: argparse.Namespace) -> None:
    _fit_and_save(given, ALL_BUT_TEST, measure=True)


def _tuned(given: argparse.Namespace, config: Config, prepared: Prepared) -> Config:
    """Return the configuration, tuned if that is asked for or no model is chosen."""
    wanted = given.tune or given.trials is not None or given.seconds is not None
    if not (wanted or config.model.is_auto):
        return config
    from training.auto import tuned_config  # noqa: PLC0415  optuna only where it searches
    from training.tuning.plan import Plan  # noqa: PLC0415

    seconds = given.seconds or (_TUNING_SECONDS if given.trials is None else None)
    plan = Plan(
        trials=given.trials or (_TUNING_TRIALS if given.seconds is None else None),
        seconds=seconds,
        seed=given.seed,
        device=resolve(given.device),
    )
    return tuned_config(prepared, config, plan)


def _fit_and_save(given: argparse.Namespace, parts: Sequence[str], *, measure: bool) -> None:
    config = _config(given)
    estimator_of(config.model)  # what is not allowed is said before the data are read
    device = resolve(given.device)
    artifact.require_replaceable(given.out)
    prepared = _prepared(given, config)
    if measure:
        require_measurable(prepared, "test")
        config = _tuned(given, config, prepared)
    estimator = estimator_of(config.model)
    model = fit(prepared, estimator, parts=parts, seed=given.seed, device=device)
    metrics: dict[str, Any] = {}
    text = ""
    if measure:
        (mode, *_) = model.modes
        evaluation = evaluate(model, prepared.matrix("test"), split="test", mode=mode)
        metrics, text = evaluation.to_dict(config.name), evaluation.to_text(config.name) + "\n"
    origin = lineage(
        config,
        estimator,
        prepared,
        parts=learned_from(estimator, parts),
        seed=given.seed,
        device=device,
    )
    digest = save(given.out, model, lineage=origin, metrics=metrics)
    _print(
        given,
        {"out": str(given.out), "digest": digest, "metrics": metrics},
        f"{text}{given.out}: {digest}",
    )


def _evaluate(given: argparse.Namespace) -> None:
    loaded = _model(given)
    prepared = _prepared(given, _config(given))
    require_measurable(prepared, given.split)
    require_unseen(loaded.manifest, prepared, given.split)
    evaluation = evaluate(
        loaded.model,
        prepared.matrix(given.split),
        split=given.split,
        mode=given.mode,
        cut_offs=sorted(set(given.cut_offs)),
    )
    _print(given, evaluation.to_dict(given.model), evaluation.to_text(given.model))


def _report(given: argparse.Namespace) -> None:
    from training.report.make import make  # noqa: PLC0415  matplotlib only where it draws
    from training.report.write import require_report  # noqa: PLC0415

    require_report(given.out)
    model = _model(given)
    champion = None if given.against is None else _loaded(given.against, given.device)
    files = make(
        _prepared(given, _config(given)),
        model,
        given.out,
        champion=champion,
        split=given.split,
        mode=given.mode,
        cut_offs=given.cut_offs,
        storages=given.storage,
    )
    plain = {"out": str(given.out), "digest": model.digest, "files": files}
    _print(given, plain, "\n".join(str(given.out / name) for name in files))


def _held_out(given: argparse.Namespace) -> None:
    require_file(given.out)
    prepared = _prepared(given, _config(given))
    n_customers = held_out.write(prepared, given.split, given.out)
    n_purchases = prepared.counts["pairs"][given.split]
    plain = {"out": str(given.out), "customers": n_customers, "purchases": n_purchases}
    _print(given, plain, f"{given.out}: {n_purchases:,} purchases of {n_customers:,} customers")


def _predict(given: argparse.Namespace) -> None:
    require_file(given.out)
    customer_ids = None if given.customers is None else read_ids(given.customers)
    loaded = _model(given)
    n_rows = predict(loaded.model, given.out, k=given.k, mode=given.mode, customer_ids=customer_ids)
    plain = {"out": str(given.out), "rows": n_rows, "digest": loaded.digest}
    _print(given, plain, f"{given.out}: {n_rows:,} rows, by {loaded.digest}")


def _tune(given: argparse.Namespace) -> None:
    from training.tuning.plan import Plan  # noqa: PLC0415  optuna only where it searches
    from training.tuning.tune import tune  # noqa: PLC0415
    from training.tuning.write import require_writable, write  # noqa: PLC0415

    require_writable(given.out)
    config = _config(given)
    plan = Plan(
        space=given.space,
        trials=given.trials,
        seconds=given.seconds,
        storage=given.storage,
        study=given.study,
        workers=given.workers,
        k=given.k,
        mode=given.mode,
        seed=given.seed,
        device=resolve(given.device),
    )
    tuned = tune(_prepared(given, config), config, plan)
    write(tuned.config, given.out)
    plain = {"out": str(given.out), **tuned.to_dict()}
    _print(given, plain, f"{tuned.to_text()}\n{given.out}")


COMMANDS = {
    "prepare": _prepare,
    "baseline": _baseline,
    "fit": _fit,
    "evaluate": _evaluate,
    "predict": _predict,
    "report": _report,
    "held-out": _held_out,
    "tune": _tune,
    "run": _run,
}


def _config(given: argparse.Namespace) -> Config:
    return config_file.load(given.config, given.overrides)


def _prepared(given: argparse.Namespace, config: Config, *, force: bool = False) -> Prepared:
    out = given.prepared or Path("var", "prepared", config.name)
    return prepare(config, out, force=force)


def _model(given: argparse.Namespace) -> LoadedModel:
    return _loaded(given.model, given.device)


def _loaded(uri: str, device: str) -> LoadedModel:
    pulled = pull(uri)
    return artifact.load(pulled.folder, resolve(device), verified=pulled.digest)


def _complain(error: object, code: int) -> int:
    print(f"error: {error}", file=sys.stderr)
    return code


def _print(given: argparse.Namespace, plain: dict[str, Any], text: str) -> None:
    print(json.dumps(plain, indent=2, ensure_ascii=False) if given.json else text)
