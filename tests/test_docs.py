"""The documents name every command, option, route and variable that there is."""

import argparse
import re
import subprocess
from pathlib import Path

import pytest

from registry.commands import parser as registry_parser
from serving import openapi
from serving.__main__ import parser as serving_parser
from training.options import parser as training_parser

ROOT = Path(__file__).parents[1]
DOCS = {path.name: path.read_text() for path in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]}
ALL = "\n".join(DOCS.values())


def commands(parser):
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from action.choices.items()


@pytest.mark.parametrize(
    ("parser", "document"),
    [
        (training_parser, "training.md"),
        (registry_parser, "registry.md"),
        (serving_parser, "operations.md"),
    ],
)
def test_every_command_and_option_is_documented(parser, document):
    for name, command in commands(parser()):
        assert re.search(rf"`{name}|-m \w+ {name}", DOCS[document])
        for action in command._actions:
            for option in action.option_strings:
                if option not in {"-h", "--help"}:
                    assert option in DOCS[document], f"{name} {option}"


def test_every_route_is_documented():
    for route in [*openapi.DOCUMENT["paths"], "/docs", "/openapi.json"]:
        assert route in DOCS["http.md"], route


def test_every_variable_is_documented():
    files = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "*.py", "Makefile", ".ci/run"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    for file in files:
        for variable in re.findall(r"\bESTANTE_[A-Z_]+[A-Z]\b", (ROOT / file).read_text()):
            assert variable in ALL, f"{variable}, in {file}"


def test_every_target_of_make_is_listed():
    makefile = (ROOT / "Makefile").read_text()
    targets = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[1].split()
    for target in targets:
        assert re.search(rf"^{target}:.*## ", makefile, re.MULTILINE), target


def test_links_lead_somewhere():
    for name, text in DOCS.items():
        folder = ROOT if (ROOT / name).exists() else ROOT / "docs"
        for link in re.findall(r"\]\((?!https?:|#)([^)#]+)", text):
            assert (folder / link).exists(), f"{link}, in {name}"
