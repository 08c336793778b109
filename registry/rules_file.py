"""Rules as people write them: a TOML or a JSON file."""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING, Any

from recommender import errors
from recommender.rules import Rules
from registry.errors import RulesError

if TYPE_CHECKING:
    from pathlib import Path


def read_file(file: Path) -> Rules:
    """Read rules from a TOML or a JSON file.

    Raises
    ------
    RulesError
        If the file cannot be read, or a rule is unknown or not of its form.
    """
    try:
        text = file.read_text(encoding="utf-8")
        fields: Any = json.loads(text) if file.suffix == ".json" else tomllib.loads(text)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise RulesError(
            f"{file} cannot be read as rules ({reason}); give a TOML file, or one of JSON whose "
            "name ends in .json"
        ) from None
    if not isinstance(fields, dict):
        raise RulesError(f'{file} must hold rules by their names, as {{"max_per_category": 3}}')
    try:
        return Rules.from_fields(fields, str(file))
    except errors.RulesError as error:
        raise RulesError(str(error)) from None
