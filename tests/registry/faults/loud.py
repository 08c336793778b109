"""Runs commands of the registry one after the other, saying all that can be said of them.

Everything is logged at the lowest level there is, and progress is shown as at a terminal. Each is
given as its variables and its arguments; the last line of the output has the exit codes.
"""

import json
import logging
import os
import sys

from registry.commands import bar, main

logging.basicConfig(level=logging.DEBUG)
logging.debug("at the lowest level")
bar._AFTER_SECONDS = 0
sys.stderr.isatty = lambda: True  # type: ignore[method-assign]

codes = []
for variables, arguments in json.loads(sys.stdin.read()):
    os.environ.update(variables)
    codes.append(main(arguments))
print(json.dumps(codes))
