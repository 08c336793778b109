"""Runs `python -m registry` again and again, each time in a fork that can be killed at once.

For each line of its input, a JSON object with ``arguments``, ``environment`` and sizes,
it prints the fork's process id; for the line that follows, which is empty, it waits for the fork to
end and prints its exit code, below 0 for a signal. The modules are loaded once: so a fork is at
work within milliseconds of when it says that it is ready.
"""

import json
import os
import sys

from registry import bento, multipart, pieces, store, upload  # noqa: F401 - so that forks need not load it
from registry.commands import main


def run(
    arguments: list[str], environment: dict[str, str], part_bytes: int, piece_bytes: int
) -> int:
    """Do what a process of its own would do."""
    os.environ.update(environment)
    multipart.PART_BYTES = upload.PART_BYTES = part_bytes
    pieces.PIECE_BYTES = piece_bytes
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return main(arguments)


print("ready", flush=True)
for line in sys.stdin:
    process = os.fork()
    if process == 0:
        os._exit(run(**json.loads(line)))
    print(process, flush=True)
    sys.stdin.readline()
    print(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), flush=True)
