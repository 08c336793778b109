import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from local import processes
from local.errors import CommandError, MissingProgramError, StartError


def start(tmp_path, code, **options):
    return processes.start(
        "child", [sys.executable, "-c", code], log=tmp_path / "child.log", **options
    )


def wait_for(condition, seconds=10.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def lives(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_it_runs_in_its_own_process_group_with_its_environment_and_folder(tmp_path):
    code = "import os; print(os.getpgrp() == os.getpid(), os.environ['COLOUR'], os.getcwd())"
    with start(tmp_path, code, environment={"COLOUR": "red"}, folder=tmp_path) as child:
        child.process.wait()

    assert child.log.read_text() == f"True red {tmp_path}\n"


def test_stopping_lets_it_end_by_itself(tmp_path):
    code = (
        "import signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit('tidied up'))\n"
        "print('ready', flush=True)\n"
        "time.sleep(60)\n"
    )
    with start(tmp_path, code) as child:
        wait_for(lambda: "ready" in child.log.read_text())

    assert child.process.returncode == 1
    assert "tidied up" in child.log.read_text()


def test_stopping_kills_it_and_its_children_when_they_will_not_end(tmp_path):
    code = (
        "import signal, subprocess, sys\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "child = subprocess.Popen(['sleep', '60'])\n"
        "print(child.pid, flush=True)\n"
        "child.wait()\n"
    )
    with start(tmp_path, code, patience=0.1) as child:
        wait_for(lambda: child.log.read_text().endswith("\n"))
        grandchild = int(child.log.read_text())
        assert lives(grandchild)

    assert child.process.returncode == -signal.SIGKILL
    wait_for(lambda: not lives(grandchild))


def test_stopping_what_has_ended_is_fine(tmp_path):
    child = start(tmp_path, "")
    child.process.wait()

    child.stop()
    child.stop()


@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_it_does_not_outlive_its_parent(tmp_path, ending):
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            (
                "import sys, time\n"
                "from pathlib import Path\n"
                "from local import processes\n"
                f"log = Path({str(tmp_path / 'log')!r})\n"
                "child = processes.start('s', ['sleep', '60'], log=log)\n"
                "print(child.pid, flush=True)\n"
                "time.sleep(60)\n"
            ),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(Path.cwd())},
    )
    with parent:
        child = int(parent.stdout.readline())
        assert lives(child)
        parent.send_signal(ending)

    wait_for(lambda: not lives(child))


def test_waiting_ends_when_nothing_stands_in_the_way(tmp_path):
    obstacles = iter(["not yet", "still not", None])
    with start(tmp_path, "import time; time.sleep(60)") as child:
        child.wait_until_ready(lambda: next(obstacles), 10)

    assert list(obstacles) == []


def test_a_program_that_ends_says_so_with_the_end_of_its_log(tmp_path):
    code = "import sys; print('one\\ntwo\\nthree\\nfour'); sys.exit(7)"
    with (
        start(tmp_path, code) as child,
        pytest.raises(StartError, match=r"ended with exit code 7.*two \| three \| four") as caught,
    ):
        child.wait_until_ready(lambda: "no answer", 10)

    assert str(tmp_path / "child.log") in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_program_that_is_never_ready_says_what_was_missing(tmp_path):
    with (
        start(tmp_path, "import time; time.sleep(60)") as child,
        pytest.raises(StartError, match=r"was not ready after 0\.1 s \(no answer\)"),
    ):
        child.wait_until_ready(lambda: "no answer", 0.1)


def test_a_missing_program_is_named(tmp_path):
    with pytest.raises(MissingProgramError, match="no-such-program is not installed"):
        processes.start("x", ["no-such-program"], log=tmp_path / "log")


def test_a_foreground_command_gets_its_variables_and_returns_what_it_printed():
    code = "import os; print(os.environ['COLOUR'])"
    command = [sys.executable, "-c", code]
    assert processes.run(command, environment={"COLOUR": "red"}, quiet=True) == "red\n"


def test_a_foreground_command_that_fails_is_named():
    with pytest.raises(CommandError, match=r"-c 'raise SystemExit\(3\)' failed with exit code 3"):
        processes.run([sys.executable, "-c", "raise SystemExit(3)"])


def test_interrupting_a_foreground_command_lets_it_tidy_up(tmp_path):
    child = (
        "import pathlib, time\n"
        "try:\n"
        "    pathlib.Path('ready').touch()\n"
        "    time.sleep(60)\n"
        "except KeyboardInterrupt:\n"
        "    pathlib.Path('tidied').touch()\n"
    )
    parent = (
        f"import sys; from local import processes; processes.run([sys.executable, '-c', {child!r}])"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", parent],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(processes.__file__).parents[1])},
        stderr=subprocess.DEVNULL,
    )
    wait_for((tmp_path / "ready").exists)
    process.send_signal(signal.SIGINT)  # to the parent alone, not to its group

    assert process.wait(timeout=10) != 0
    assert (tmp_path / "tidied").exists()


def test_another_programs_answer_is_not_taken_for_its_own(tmp_path):
    child = start(tmp_path, "raise SystemExit(4)")
    child.process.wait()

    with pytest.raises(StartError, match="ended with exit code 4"):
        child.wait_until_ready(lambda: None, 10)
