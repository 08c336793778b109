"""A store that refuses everything for a while, and what is left of a command's work then."""

import itertools
import time

import pytest

from registry import aliases, rules
from registry.pull import pull
from tests.registry.faults.proxy import Fault
from tests.registry.faults.tally import Tally

MIDWAY = 1  # request of each command is answered before the outage
OUTAGES = [
    (Fault.UNAVAILABLE, "the store answers 503 "),
    (Fault.EXPIRED, "AWS_SESSION_TOKEN"),
]


@pytest.fixture
def commands(make_artifact, model, tmp_path):
    """Commands that write or read, in the order in which they can succeed."""
    for name in ("gate.toml", "rules.toml"):
        (tmp_path / name).touch()
    promote = ("promote", f"{model}@prod", "v1", "--why", "-", "--gate", tmp_path / "gate.toml")
    return [
        ("push", make_artifact("another", a=b"first", b=b"second"), f"{model}:v1", "--no-bento"),
        promote,
        ("pull", f"{model}@prod", "--to", tmp_path / "pulled"),
        ("rules", "push", tmp_path / "rules.toml", f"{model}@default", "--why", "-"),
    ]


@pytest.mark.parametrize(("fault", "told"), OUTAGES, ids=lambda value: getattr(value, "name", ""))
@pytest.mark.parametrize("seconds", [0, pytest.param(60, marks=pytest.mark.long)])
def test_an_outage_is_told_in_one_line_and_loses_nothing(
    run,
    through,
    proxy,
    commands,
    store,
    uri,
    model,
    tmp_path,
    faults_in_bucket,
    fault,
    told,
    seconds,
):
    """It begins in the middle of each command in turn; afterwards the same command succeeds."""
    with Tally() as tally:
        for command in commands:
            attempts = itertools.chain([MIDWAY], itertools.repeat(0))
            until = time.monotonic() + seconds / len(commands)
            for through_yet in attempts:
                proxy.reset(lambda at, _, first=through_yet: fault if at >= first else None)
                with through():
                    code, out, err = run(*command)
                one_line = code == 1 and out == "" and err.count("\n") == 1 and told in err
                tally.check(command[0], holds=one_line, what=f"{code}, {out}, {err}")
                if command[0] == "push":
                    found = faults_in_bucket(uri)
                    tally.check("push", holds=not found, what=str(found))
                if time.monotonic() >= until:
                    break
                time.sleep(0.2)  # as whoever tries again would
            proxy.reset()
            with through():
                code, _, err = run(*command)
            tally.check(command[0], holds=(code, err) == (0, ""), what=f"{code}, {err} afterwards")
        tally.faults = proxy.faults
        history = [one.target for one in aliases.history(store, uri.at_alias("prod"))]
        tally.check("at last", holds=history == ["v1"], what=f"the history is {history}")
        kept = len(list(rules.generations(store, uri.at_alias("default"))))
        tally.check("at last", holds=kept == 1, what=f"{kept} generations of rules")
        whole = pull(f"{model}:v1", tmp_path / "whole").folder
        same = all(
            (tmp_path / "pulled" / one.name).read_bytes() == one.read_bytes()
            for one in whole.iterdir()
        )
        tally.check("at last", holds=same, what="not what was pushed")
