"""``python -m training``: see :mod:`training.commands`."""

import os
import signal
import sys


def interrupted(*_: object) -> None:
    """End at once: what is being imported may make another error of a KeyboardInterrupt."""
    os.write(sys.stderr.fileno(), b"error: interrupted; nothing was done\n")
    os._exit(130)


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # `... | head` is no error
    on_interrupt = signal.getsignal(signal.SIGINT)
    if on_interrupt is signal.default_int_handler:
        signal.signal(signal.SIGINT, interrupted)

    from training.commands import main  # seconds, in which somebody may press Ctrl-C

    signal.signal(signal.SIGINT, on_interrupt)
    sys.exit(main())
