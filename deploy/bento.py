"""Build the bento: the service's files and its locked requirements, in BentoML's store."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Literal, get_args

from deploy.errors import BuildError

Kind = Literal["cpu", "gpu"]
KINDS: tuple[Kind, ...] = get_args(Kind)

ROOT = Path(__file__).resolve().parent.parent
BENTOFILES: dict[Kind, str] = {"cpu": "deploy/bentofile.cpu.yaml", "gpu": "bentofile.yaml"}


def build(kind: Kind, root: Path = ROOT) -> str:
    """Build the bento of one kind; return its tag, ``estante:VERSION``.

    Parameters
    ----------
    kind : "cpu" or "gpu"
    root : Path
        The checkout, with service.py, the packages it serves with, and requirements/.

    Raises
    ------
    BuildError
        When ``bentoml build`` fails, for example because the service does not import.
    """
    words = ["build", "--bentofile", BENTOFILES[kind], "--output", "tag"]
    done = subprocess.run(
        [sys.executable, "-m", "bentoml", *words],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    for line in done.stdout.splitlines():
        if done.returncode == 0 and line.startswith("__tag__:"):
            return line.removeprefix("__tag__:").strip()
    last_words = "\n".join((done.stderr or done.stdout).strip().splitlines()[-10:])
    raise BuildError(f"bentoml {' '.join(words)} failed:\n{last_words}")
