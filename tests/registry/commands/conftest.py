"""Commands run in this process, and a version that one of them pushed."""

import pytest

from registry.commands import main


@pytest.fixture
def run(capsys, tmp_path):
    """Return a function that runs a command: exit code, output, error output.

    Promotions are asked nothing: the files that are pushed here are no models.
    """
    gate = tmp_path / "gate.toml"
    gate.touch()

    def run(*arguments):
        if arguments[:1] == ("promote",):
            arguments = (*arguments, "--gate", gate)
        code = main([str(argument) for argument in arguments])
        return code, *capsys.readouterr()

    return run


@pytest.fixture
def pushed(run, artifact, model):
    code, out, err = run("push", artifact, f"{model}:v1", "--no-bento")
    assert (code, err) == (0, "")
    return out
