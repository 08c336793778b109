import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from time import sleep

import pytest

from registry.workplace import workplace


@pytest.fixture
def root(tmp_path):
    return tmp_path / "root"


def test_a_model_is_made_by_one_at_a_time(root):
    inside, most, lock = 0, 0, Lock()

    def fill(number):
        nonlocal inside, most
        with workplace(root, f"sha256:{number % 2}"):
            with lock:
                inside += 1
                most = max(most, inside)
            sleep(0.01)
            with lock:
                inside -= 1

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(fill, range(16)))

    assert most == 2  # two models, each by one
    assert list((root / "unfinished").iterdir()) == []


def test_what_was_fetched_is_kept_after_an_error(root):
    def fetch():
        with workplace(root, "sha256:1") as unfinished:
            (unfinished / "a").write_bytes(b"half")
            raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        fetch()

    with workplace(root, "sha256:1") as unfinished:
        assert (unfinished / "a").read_bytes() == b"half"


def test_a_killed_process_leaves_what_it_made_and_no_lock(root):
    code = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from registry.workplace import workplace\n"
        "with workplace(Path(sys.argv[1]), 'sha256:1') as folder:\n"
        "    (folder / 'a').write_bytes(b'half')\n"
        "    print('ready', flush=True)\n"
        "    time.sleep(60)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(root)], stdout=subprocess.PIPE)
    with process:
        assert process.stdout.readline() == b"ready\n"
        process.kill()

    with workplace(root, "sha256:1") as folder:
        assert (folder / "a").read_bytes() == b"half"
