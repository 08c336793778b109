"""What several tests of training need."""

from collections.abc import Callable
from pathlib import Path

import pytest

from training.sources import SourceFile

WriteFile = Callable[[str, str], SourceFile]


@pytest.fixture
def write_file(tmp_path: Path) -> WriteFile:
    """Write a text file and give it as a source's file, called by its bare name."""

    def write(name: str, text: str) -> SourceFile:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return SourceFile(name, path)

    return write
