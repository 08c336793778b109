"""Load by wrk, and what it cost the server: requests a second and processor time a request."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_MILLISECONDS = {"us": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4}

# Each request is another one, and NUMBER in its path another number each time, in later runs too.
_SCRIPT = """\
local asked = {asked}
local headers = {{["Content-Type"] = "application/json"}}
local place = os.time() % 1000000 * 1000000
function request()
  place = place + 1
  local one = asked[place % #asked + 1]
  if one.body then return wrk.format("POST", one.path, headers, one.body) end
  return wrk.format("GET", (one.path:gsub("NUMBER", place)))
end
"""


class ClientError(Exception):
    """wrk is not there, or its answers were not all right."""


@dataclass(frozen=True)
class Asked:
    """A request: NUMBER in the path becomes another one each time; with a body it is a POST."""

    path: str
    body: bytes | None = None


@dataclass(frozen=True)
class Load:
    """What came of one run.

    Parameters
    ----------
    requests_per_second, p50, p99
        As the client saw it; the latter in milliseconds.
    cpu
        Microseconds of processor time that the server spent on one request.
    """

    requests_per_second: float
    p50: float
    p99: float
    cpu: float


def write_script(path: Path, asked: Sequence[Asked]) -> Path:
    """Write what wrk runs to ask these, one after another, over and over; return where."""
    lines = [
        f"{{path={_quoted(each.path)}, body={_quoted(each.body.decode()) if each.body else 'nil'}}}"
        for each in asked
    ]
    path.write_text(_SCRIPT.format(asked="{" + ",\n".join(lines) + "}"), encoding="utf-8")
    return path


def run(url: str, script: Path, connections: int, seconds: int, server: int) -> Load:
    """Ask a server on this machine for some seconds.

    Parameters
    ----------
    server
        Process id; its children count too.

    Raises
    ------
    ClientError
        If wrk is missing, or not all requests were answered with 200.
    """
    program = shutil.which("wrk")
    if program is None:
        raise ClientError("wrk is not installed: apt-get install wrk")
    load = ["-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "--timeout", "30s"]
    before = _processor_seconds(server)
    done = subprocess.run(
        [program, *load, "-s", script, url], capture_output=True, text=True, check=False
    )
    spent = _processor_seconds(server) - before
    requests, rate, p50, p99 = read(done.stdout + done.stderr)
    return Load(rate, p50, p99, 1e6 * spent / requests)


def read(text: str) -> tuple[int, float, float, float]:
    """Return what wrk tells: requests, requests a second, and percentiles 50 and 99 in ms.

    Raises
    ------
    ClientError
        If not all requests were answered with 200.
    """
    requests = re.search(r"(\d+) requests in", text)
    rate = re.search(r"Requests/sec: +([\d.]+)", text)
    if requests is None or rate is None or "Non-2xx" in text or "Socket errors" in text:
        raise ClientError(f"not everything was answered: {text}")
    return int(requests[1]), float(rate[1]), _percentile(text, 50), _percentile(text, 99)


def _processor_seconds(pid: int) -> float:
    process = psutil.Process(pid)
    times = [each.cpu_times() for each in [process, *process.children(recursive=True)]]
    return float(sum(each.user + each.system for each in times))


def _percentile(text: str, percent: int) -> float:
    found = re.search(rf"^ +{percent}% +([\d.]+)(us|ms|s|m) *$", text, re.MULTILINE)
    if found is None:
        raise ClientError(f"wrk tells no latency: {text}")
    return float(found[1]) * _MILLISECONDS[found[2]]


def _quoted(text: str) -> str:
    """Return a string as Lua reads it: JSON's escapes are Lua's for what is asked here."""
    return json.dumps(text, ensure_ascii=False)
