"""Become another program that ends when the process that started it ends.

Run as ``python tethered.py PARENT SIGNAL PROGRAM ARGUMENT...``. On Linux the kernel sends SIGNAL
when the parent ends, however it ends; elsewhere the program is simply started. A file of its
own, because the request must be made inside the child and `preexec_fn` is unsafe with threads.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Tie this process to its parent and turn into the program named by the arguments."""
    parent, signal, *command = sys.argv[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal))
        if os.getppid() != int(parent):
            sys.exit("the process that asked for this program has ended")
    os.execv(command[0], command)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main()
