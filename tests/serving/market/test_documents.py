"""The examples of docs/http.md are run, and their outputs compared."""

import re
import shutil
import subprocess

import pytest

from local.service import ROOT

TEXT = (ROOT / "docs" / "http.md").read_text()
# One command after its "$ ", and the lines that it prints.
EXAMPLES = [
    (command, printed)
    for block in re.findall(r"```\n(\$ curl .*?)```\n", TEXT, re.DOTALL)
    for command, printed in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE)
]
TAG = re.compile(r'W/"\w+"')
# What differs from run to run, and from one version of a library to the next.
VARYING = [
    (re.compile(r"^date: .*$", re.MULTILINE), "date"),
    (re.compile(r"^x-request-id: .*$", re.MULTILINE), "x-request-id"),
    (re.compile(r"sha256:\w{64}"), "sha256"),
    (re.compile(r'("version": |x-model-version: )"?\w{8}"?'), "version"),
    (TAG, "tag"),
]


def without_what_varies(text):
    for pattern, name in VARYING:
        text = pattern.sub(name, text)
    return text


def test_there_are_examples():
    assert len(EXAMPLES) >= 9
    assert all(printed for _, printed in EXAMPLES)


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl")
@pytest.mark.parametrize(("command", "printed"), EXAMPLES)
def test_an_example_prints_what_the_document_says(client, market, ruled_market, command, printed):
    service = ruled_market if "rules=explain" in command else market
    command = command.replace("http://127.0.0.1:3000", service.url)
    command = TAG.sub(client.get("/v1/products/popular").headers["etag"], command)

    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, check=True, timeout=30
    )

    output = done.stdout.replace("\r\n", "\n").rstrip("\n") + "\n"
    assert without_what_varies(output) == without_what_varies(printed)
