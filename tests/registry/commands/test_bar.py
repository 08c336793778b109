import io
import sys

from registry.commands import main


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_transfer_that_takes_a_while_shows_how_far_it_is_at_a_terminal(
    artifact, model, monkeypatch
):
    monkeypatch.setattr("registry.commands.bar._AFTER_SECONDS", 0)
    monkeypatch.setattr(sys, "stderr", Terminal())

    assert main(["push", str(artifact), model, "--no-bento"]) == 0

    assert "\rpush: " in sys.stderr.getvalue()
