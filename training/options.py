"""What the command line of training accepts: the options, and which command has which."""

from __future__ import annotations

import argparse
import re
from functools import partial
from pathlib import Path
from typing import Any

from recommender.query import K_DEFAULT, K_MAX
from training.device import DEVICES
from training.evaluate import CUT_OFFS
from training.fit import ALL_BUT_TEST
from training.split import PARTS
from training.tuning.plan import TRIALS_DEFAULT

SEED_MAX = 2**32 - 1  # what numpy's and torch's generators both take


def _whole(name: str, low: int, high: int, text: str) -> int:
    """Take a whole number within bounds."""
    if not re.fullmatch(r"[0-9]{1,10}", text) or not low <= int(text) <= high:
        raise argparse.ArgumentTypeError(
            f"{name} is {text!r}; it must be a whole number from {low} to {high}"
        )
    return int(text)


# What follows a blank tells apart what two commands mean by the same option.
_OPTIONS: dict[str, dict[str, Any]] = {
    "--config": {
        "type": Path,
        "required": True,
        "metavar": "FILE",
        "help": "the data set's TOML, as in training/configs/",
    },
    "--set": {
        "action": "append",
        "default": [],
        "dest": "overrides",
        "metavar": "KEY=VALUE",
        "help": "override one setting, as in --set split.seed=1; may be repeated",
    },
    "--prepared": {
        "type": Path,
        "metavar": "DIR",
        "help": "the prepared set, made if it is not there (default: var/prepared/NAME)",
    },
    "--force": {"action": "store_true", "help": "prepare again even if nothing changed"},
    "--parts": {
        "nargs": "+",
        "choices": PARTS,
        "default": list(ALL_BUT_TEST),
        "help": "what to learn from (default: all but test)",
    },
    "--split": {
        "choices": PARTS[1:],
        "default": "test",
        "help": "what to measure on (default: test)",
    },
    "--model": {
        "required": True,
        "metavar": "URI",
        "help": "a folder, bento://NAME:VERSION, s3://BUCKET/PREFIX/NAME@ALIAS or ...NAME:VERSION",
    },
    "--against": {
        "metavar": "URI",
        "help": "a second model, the champion, to compare with; as --model",
    },
    "--storage (several)": {
        "nargs": "+",
        "default": [],
        "metavar": "STORAGE",
        "help": "searches for parameters to show: Optuna's journal files, or database URLs",
    },
    "--k": {
        "type": partial(_whole, "k", 1, K_MAX),
        "default": K_DEFAULT,
        "metavar": "K",
        "help": f"products for each customer, 1 to {K_MAX} (default: {K_DEFAULT})",
    },
    "--k (several)": {
        "type": partial(_whole, "k", 1, K_MAX),
        "nargs": "+",
        "default": list(CUT_OFFS),
        "dest": "cut_offs",
        "metavar": "K",
        "help": f"how many recommendations to count, each 1 to {K_MAX} (default: "
        f"{' and '.join(map(str, CUT_OFFS))})",
    },
    "--mode": {"default": "discover", "help": "discover, rebuy or mixed (default: discover)"},
    "--customers": {
        "type": Path,
        "metavar": "FILE",
        "help": "customer ids, one a line (default: all)",
    },
    "--device": {
        "choices": DEVICES,
        "default": "auto",
        "help": "where to compute (default: auto)",
    },
    "--seed": {
        "type": partial(_whole, "seed", 0, SEED_MAX),
        "default": 0,
        "metavar": "N",
        "help": "of the fit (default: 0)",
    },
    "--out": {
        "type": Path,
        "required": True,
        "metavar": "PATH",
        "help": "what to write: the folder of the model or report, or the Parquet file of predict",
    },
    "--out (TOML)": {
        "type": Path,
        "required": True,
        "metavar": "TUNED.toml",
        "help": "the configuration to write, with the best parameters",
    },
    "--out (JSON)": {
        "type": Path,
        "required": True,
        "metavar": "HELD_OUT.json",
        "help": "the file to write, for python -m registry promote --held-out",
    },
    "--space": {
        "type": Path,
        "metavar": "FILE",
        "help": "what may be tried, as in training/configs/spaces/ (default: the estimator's own)",
    },
    "--trials": {
        "type": partial(_whole, "trials", 1, 10**9),
        "metavar": "N",
        "help": "how many trials the study shall have, earlier ones included "
        f"(default: {TRIALS_DEFAULT}, with --seconds any number; of run: 40 in 600 seconds)",
    },
    "--seconds": {
        "type": partial(_whole, "seconds", 1, 10**9),
        "metavar": "S",
        "help": "start no trial after so long, and let none go on but the first",
    },
    "--storage": {
        "metavar": "STORAGE",
        "help": "a journal file or a database URL (default: var/tune/NAME.journal)",
    },
    "--study": {
        "metavar": "NAME",
        "help": "the study to go on with or begin (default: a name that tells data and space)",
    },
    "--workers": {
        "type": partial(_whole, "workers", 1, 1024),
        "default": 1,
        "metavar": "N",
        "help": "how many processes search at once (default: 1)",
    },
    "--tune": {
        "action": "store_true",
        "help": "choose the parameters on validation first; done anyway where no model is named",
    },
    "--json": {"action": "store_true", "help": "print JSON for a program to read"},
}

_DATA = ("--config", "--set", "--prepared")

_COMMANDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "prepare": ("Read transactions, check them, split them.", (*_DATA, "--force")),
    "baseline": (
        "Fit Spotlight at its defaults on all but test; measure it and popularity on test.",
        (*_DATA, "--device", "--seed"),
    ),
    "fit": (
        "Fit the configured model and write it; measure nothing.",
        (*_DATA, "--parts", "--device", "--seed", "--out"),
    ),
    "evaluate": (
        "Measure a model and popularity on purchases that it has not seen.",
        (*_DATA, "--model", "--split", "--mode", "--k (several)", "--device"),
    ),
    "predict": (
        "Rank products for customers into a Parquet file: customer_id, product_id, rank, score.",
        ("--model", "--k", "--mode", "--customers", "--device", "--out"),
    ),
    "report": (
        "Write a page that says what a model is worth, with pictures, popularity beside it.",
        (
            *(*_DATA, "--model", "--against", "--storage (several)", "--split", "--mode"),
            *("--k (several)", "--device", "--out"),
        ),
    ),
    "held-out": (
        "Write what was held out, so that the registry can compare models on it.",
        (*_DATA, "--split", "--out (JSON)"),
    ),
    "tune": (
        "Search for the parameters that find most on validation; write them as a configuration.",
        (
            *(*_DATA, "--space", "--out (TOML)", "--trials", "--seconds", "--storage"),
            *("--study", "--workers", "--k", "--mode", "--seed", "--device"),
        ),
    ),
    "run": (
        "The whole way: prepare, fit on all but test, measure on test, write the model.",
        (*_DATA, "--tune", "--trials", "--seconds", "--device", "--seed", "--out"),
    ),
}


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    top = argparse.ArgumentParser(
        prog="python -m training",
        description="From a market's transactions to a model, and what the model is worth.",
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, (does, options) in _COMMANDS.items():
        command = commands.add_parser(name, help=does, description=does)
        for option in (*options, "--json"):
            command.add_argument(option.split()[0], **_OPTIONS[option])
    return top
