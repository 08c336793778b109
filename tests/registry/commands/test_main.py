"""What all commands have in common; what only a process shows, in one of its own."""

import os
import signal
import socket
import subprocess
import sys

import pytest

from registry.commands import main


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["pull", "s3://Bad/x:v1"], 2, "bucket 'Bad' is not allowed"),
        (["pull", "gs://shelf/x"], 2, "names no model"),
        (["pull", "s3://shelf/a/../x:v1"], 2, "prefix 'a/..' in 's3://shelf/a/../x:v1' is not al"),
        (["pull", "s3://shelf/x:../v1"], 2, "prefix 'x:..' in 's3://shelf/x:../v1' is not allo"),
        (["pull", "s3://shelf/x:%2e%2e"], 2, "version '%2e%2e' is not allowed"),
        (["promote", "s3://shelf/x@prod", "../v1", "--why", "-"], 2, "version '../v1' is not all"),
        (["rollback", "s3://shelf/x@..", "--why", "-"], 2, "alias '..' is not allowed"),
        (["rules", "show", "s3://shelf/x@..", "--json"], 2, "alias '..' is not allowed"),
        (["pull", "s3://shelf/x"], 2, "give s3://shelf/x@ALIAS or s3://shelf/x:VERSION"),
        (["keys", "/no/such/key.pem"], 1, "cannot write /no/such/key.pem (No such file"),
        (["setup", "s3://shelf/models"], 2, "setup is for a whole one, s3://shelf\n"),
        (["setup", "s3://shelf/models/"], 2, "setup is for a whole one, s3://shelf\n"),
        (["pull", "s3://shelf/nobody:v1"], 1, "there is no version 'v1'"),
        (["pull", "s3://shelf/nobody@prod"], 1, "does not exist"),
        (["pull", "/no/such/folder"], 1, "holds no model"),
        (["push", "/no/such/folder", "s3://shelf/x"], 1, "holds no model"),
        (["promote", "s3://shelf/nobody@prod", "v1", "--why", "-"], 1, "there is no version"),
        (["rollback", "s3://shelf/nobody@prod", "--why", "-"], 1, "does not exist"),
        (["history", "s3://shelf/nobody@prod"], 1, "does not exist"),
        (["list", "s3://no-such-bucket/x"], 1, "there is no such bucket; name another, or make"),
    ],
)
def test_what_fails_is_told_in_one_line(run, environment, arguments, code, message):
    found, out, err = run(*arguments)

    assert (found, out) == (code, "")
    assert err.startswith("error: ")
    assert message in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    "arguments", [[], ["no-such-command"], ["promote", "s3://shelf/x@prod", "v1"], ["push", "x"]]
)
def test_wrong_usage_is_told_so(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        main(arguments)

    assert caught.value.code == 2
    assert "usage:" in capsys.readouterr().err


@pytest.mark.parametrize(
    "command", ["list", "push", "pull", "promote", "history", "rollback", "verify", "gc", "show"]
)
def test_every_command_explains_itself(command, capsys):
    with pytest.raises(SystemExit) as caught:
        main([command, "--help"])

    printed = capsys.readouterr().out
    assert caught.value.code == 0
    assert "s3://BUCKET/PREFIX/" in printed
    assert "AWS_ENDPOINT_URL_S3" in printed
    assert "--json" in printed


def test_an_interruption_is_told_in_one_line(environment):
    """A store that accepts and never answers keeps the command waiting until Ctrl-C."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        process = subprocess.Popen(
            [sys.executable, "-m", "registry", "list", "s3://shelf/x"],
            env={**os.environ, "AWS_ENDPOINT_URL_S3": endpoint},
            stderr=subprocess.PIPE,
            text=True,
        )
        connection, _ = silent.accept()
        with connection:
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=20)

    assert process.returncode == 130
    assert err == "error: interrupted; run the same command again to go on\n"
