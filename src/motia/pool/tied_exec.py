"""Run a command that the kernel kills when its parent dies: `python tied_exec.py COMMAND [ARG ...]`. Linux only."""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1  # linux/prctl.h

parent = int(os.environ["MOTIA_WORKER_PARENT"])
ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
if os.getppid() != parent:  # it died before the line above
    sys.exit(1)
os.execv(sys.argv[1], sys.argv[1:])  # noqa: S606 - the core passes a fixed command
