"""``python -m training``: see :mod:`training.commands`."""

import signal
import sys

if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # `... | head` is no error
    try:
        from training.commands import main  # seconds, in which somebody may press Ctrl-C

        sys.exit(main())
    except KeyboardInterrupt:
        print("error: interrupted; nothing was done", file=sys.stderr)
        sys.exit(130)
