"""What opens the store is told to nobody: by no output of a command, by no list of processes."""

import base64
import json
import os
import subprocess
import sys
import threading
import time
import urllib.parse
from contextlib import suppress
from pathlib import Path

from registry.keys import make_key
from tests.registry.faults.proxy import Fault, Proxy

TOKEN, IN_ADDRESS, WRONG = "token-3d7c1f60a5b24b0f", "address-7f6e5d4c3b", "wrong-1c9f8b7a/+2a"
ACCOUNTS = {
    "ESTANTE_TRAINER_SECRET": "trainer-5b1f0e9c7a",
    "ESTANTE_SERVER_SECRET": "server-0a8d7e6f5c",
    "ESTANTE_JANITOR_SECRET": "janitor-9c8b7a6d5e",
}


def commands(model, artifact, folder):
    """Every command, as each is given what it takes."""
    (folder / "rules.toml").touch()
    (folder / "gate.toml").touch()
    alias, why = f"{model}@prod", ["--why", "-"]
    return [
        ["push", artifact, f"{model}:v1"],
        ["promote", alias, "v1", *why, "--gate", folder / "gate.toml"],
        ["rollback", alias, "--to", "1", *why],
        ["history", alias, "--json"],
        ["list", model, "--json"],
        ["list", f"{model.rpartition('/')[0]}/"],
        ["show", alias],
        ["show", alias, "--json"],
        ["pull", alias, "--bento"],
        ["rules", "push", folder / "rules.toml", alias, *why],
        ["rules", "show", alias],
        ["rules", "history", alias, "--json"],
        ["verify", model],
        ["gc", model, "--delete", "--keep-versions", "0", "--json"],
        ["keys", folder / "key.pem"],
        ["setup", "s3://secrets", "--apply", "--json"],
    ]


def watch(process, seen):
    """Note what a list of processes, and of their threads, shows, for as long as one lives."""
    place = Path(f"/proc/{process.pid}")
    while process.poll() is None:
        with suppress(OSError):  # it, or a thread of it, has just ended
            seen.add((place / "cmdline").read_bytes())
            seen.update((thread / "comm").read_bytes() for thread in (place / "task").iterdir())
        time.sleep(0.05)


def loudly(asked):
    """Run commands in a process; return their exit codes, and all that is told by anything."""
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("loud.py"))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.getcwd()},  # noqa: PTH109
    )
    listed = set()
    watching = threading.Thread(target=watch, args=(process, listed))
    watching.start()
    out, err = process.communicate(json.dumps(asked).encode(), timeout=120)
    watching.join()
    assert b"at the lowest level" in err
    assert any(b"loud.py" in shown for shown in listed)
    return json.loads(out.splitlines()[-1]), b"".join([out, err, *listed])


def forms(secret):
    """Return how a secret may be written."""
    data = secret.encode()
    return {data, urllib.parse.quote(secret, safe="").encode(), base64.b64encode(data)}


def test_no_command_tells_a_secret(bucket, environment, model, artifact, tmp_path):
    make_key(tmp_path / "signing.pem")
    private = (tmp_path / "signing.pem").read_text().splitlines()[1]
    every = [[str(one) for one in command] for command in commands(model, artifact, tmp_path)]
    right = {
        **bucket.environment(),
        **ACCOUNTS,
        "ESTANTE_SIGNING_KEY": str(tmp_path / "signing.pem"),
        "AWS_SESSION_TOKEN": "",
    }
    with Proxy(bucket.endpoint, lambda at, _: Fault.CUT_WITHIN_ANSWER if at % 5 else None) as cuts:
        cases = {
            "right": {},
            "cut off": {"AWS_ENDPOINT_URL_S3": cuts.url},
            "wrong": {"AWS_SECRET_ACCESS_KEY": WRONG},
            "expired": {"AWS_SESSION_TOKEN": TOKEN},
            "nobody there": {"AWS_ENDPOINT_URL_S3": "http://127.0.0.1:1"},
            "in the address": {"AWS_ENDPOINT_URL_S3": f"http://me:{IN_ADDRESS}@127.0.0.1:1"},
        }
        asked = [(right | given, command) for given in cases.values() for command in every]
        codes, told = loudly(asked)

    assert codes[: len(every)] == [0] * len(every)
    assert codes[len(every) :].count(1) > 4 * len(every)
    for secret in [bucket.secret_key, private, WRONG, TOKEN, IN_ADDRESS, *ACCOUNTS.values()]:
        for form in forms(secret):
            assert form not in told, told[max(0, told.index(form) - 300) :][:600].decode()
