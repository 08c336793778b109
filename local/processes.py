"""Child processes that never outlive the process that started them."""

import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from local.errors import CommandError, MissingProgramError, StartError

_TETHERED = Path(__file__).with_name("tethered.py")
_TAIL_BYTES = 4_000
_PAUSE_SECONDS = 0.05
_INTERRUPT_SECONDS = 10.0


@dataclass(frozen=True)
class Child:
    """A running program, as a context manager that stops it.

    Attributes
    ----------
    name : str
        What messages call it.
    process : subprocess.Popen
        The leader of a process group of its own: Ctrl-C at the terminal does not reach it.
    log : Path
        Everything it wrote.
    patience : float
        Seconds between asking it to end and ending it.
    """

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    patience: float

    @property
    def pid(self) -> int:
        """Process id, which is its process group's id too."""
        return self.process.pid

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def log_end(self, lines: int = 3) -> str:
        """Return the last lines of the log, joined into one."""
        with self.log.open("rb") as log:
            log.seek(max(0, self.log.stat().st_size - _TAIL_BYTES))
            text = log.read().decode("utf-8", "replace")
        return " | ".join(line.strip() for line in text.splitlines()[-lines:])

    def wait_until_ready(self, obstacle: Callable[[], str | None], seconds: float) -> None:
        """Wait until nothing stands in the way any more.

        Parameters
        ----------
        obstacle : callable
            Returns what is still missing, or None when the program answers.
        seconds : float
            How long to wait.

        Raises
        ------
        StartError
            When the program ended, or the time is over.
        """
        deadline = time.monotonic() + seconds
        while (missing := obstacle()) is not None:
            code = self.process.poll()
            if code is not None:
                raise self._not_started(f"ended with exit code {code}")
            if time.monotonic() > deadline:
                raise self._not_started(f"was not ready after {seconds:g} s ({missing})")
            time.sleep(_PAUSE_SECONDS)
        if self.process.poll() is not None:  # then it was another program that answered
            raise self._not_started(f"ended with exit code {self.process.returncode}")

    def wait(self) -> None:
        """Wait until the program ends, which it should not do by itself.

        Raises
        ------
        StartError
            When it has ended.
        """
        raise self._not_started(f"ended with exit code {self.process.wait()}")

    def _not_started(self, what: str) -> StartError:
        return StartError(
            f"{self.name} {what}; its log ends: {self.log_end() or '(empty)'}; see {self.log}"
        )

    def stop(self) -> None:
        """Ask the program to end, wait, then kill what is left of its process group."""
        try:
            self.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(self.patience)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
            self.process.wait()


def start(
    name: str,
    command: Sequence[str],
    *,
    log: Path,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    patience: float = 10.0,
    when_parent_ends: signal.Signals = signal.SIGTERM,
) -> Child:
    """Start a program in the background.

    It is stopped by `Child.stop`, and by the kernel (on Linux) when the calling thread ends:
    start long-lived programs from the main thread.

    Parameters
    ----------
    name : str
        What messages call it.
    command : sequence of str
        The program, as a path or a name on PATH, and its arguments.
    log : Path
        File for everything it writes; overwritten.
    environment : mapping, optional
        Variables to set beside this process's own.
    folder : Path, optional
        Its working directory.
    patience : float
        Seconds that `Child.stop` waits before it kills.
    when_parent_ends : signal.Signals
        What the kernel sends it when this process ends without stopping it.

    Raises
    ------
    MissingProgramError
        When there is no such program.
    """
    with log.open("wb") as output:
        process = subprocess.Popen(
            _tethered(command, when_parent_ends),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})},
            cwd=folder,
            process_group=0,
        )
    return Child(name, process, log, patience)


def run(
    command: Sequence[str], *, environment: Mapping[str, str] | None = None, quiet: bool = False
) -> str:
    """Run a program to its end in the foreground, where Ctrl-C at the terminal reaches it too.

    Parameters
    ----------
    command : sequence of str
        The program, as a path or a name on PATH, and its arguments.
    environment : mapping, optional
        Variables to set beside this process's own.
    quiet : bool
        Whether to keep what it prints from the terminal, and return it.

    Raises
    ------
    CommandError
        When its exit code is not 0; it has said why on standard error.
    MissingProgramError
        When there is no such program.
    """
    process = subprocess.Popen(
        _tethered(command, signal.SIGTERM),
        stdout=subprocess.PIPE if quiet else None,
        env={**os.environ, **(environment or {})},
        text=True,
    )
    try:
        printed, _ = process.communicate()
    except KeyboardInterrupt:
        # From the terminal it has come to both; from elsewhere, only to this process.
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_INTERRUPT_SECONDS)
        raise
    finally:
        process.kill()
        process.wait()
    if process.returncode:
        raise CommandError(f"{shlex.join(command)} failed with exit code {process.returncode}")
    return printed or ""


def _tethered(command: Sequence[str], when_parent_ends: signal.Signals) -> list[str]:
    """Return the command line of a program that ends with this process."""
    program = shutil.which(command[0])
    if program is None:
        raise MissingProgramError(f"{command[0]} is not installed or not executable")
    tether = (sys.executable, "-I", "-S", str(_TETHERED))
    parent = (str(os.getpid()), str(int(when_parent_ends)))
    return [*tether, *parent, str(Path(program).absolute()), *command[1:]]
