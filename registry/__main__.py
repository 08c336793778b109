"""``python -m registry``: see :mod:`registry.commands`."""

import signal
import sys

if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # `... | head` is no error
    try:
        from registry.commands import main  # takes a while, in which somebody may press Ctrl-C

        sys.exit(main())
    except KeyboardInterrupt:
        print("error: interrupted; nothing was done", file=sys.stderr)
        sys.exit(130)
