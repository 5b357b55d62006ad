"""The three ways in which a program is run."""

import os

ALONE, PRELOADED, RUN = "alone", "LD_PRELOAD", "ctxreport run"
WAYS = (ALONE, PRELOADED, RUN)

# Debian's programs, not what somebody has put before them.
PATH = "/usr/sbin:/usr/bin:/sbin:/bin"


class Tools:
    """What is tested, of one build."""

    def __init__(self, build):
        self.build = build
        self.ctxreport = os.path.join(build, "ctxreport", "ctxreport")
        self.preload = os.path.join(build, "libctxtrace", "preload", "libctxtrace-preload.so")

    def command(self, way, command, report):
        if way != RUN:
            return command
        return [self.ctxreport, "run", "--format=json", "--to=" + report, "--", *command]

    def environment(self, way, base):
        if way != PRELOADED:
            return base
        return dict(base, LD_PRELOAD=self.preload, CTXTRACE="1")
