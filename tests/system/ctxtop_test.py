"""What the system tests of ctxtop have in common: the tool, fixtures, and a real terminal (tmux)."""

import os
import re
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

CTXTOP = os.environ["CTXTOP"]
FIXTURES = os.environ["CTXTRACE_FIXTURES"]
TARGET = os.environ.get("CTXTOP_TARGET", "")

# A preload that is built with a sanitizer works only in programs that are, too.
SANITIZED = bool(os.environ.get("CTXTRACE_SANITIZE"))
STARTING = ("--no-preload", "--") if SANITIZED else ("--",)

FINE, TROUBLE = 0, 2
PATIENCE_SECONDS = 300


def fixture(name):
    return os.path.join(FIXTURES, name + ".snapshot")


def without_times(text):
    """Ages and deadlines count on while a test runs; here they all become T."""
    return re.sub(r">?-?\b\d+(\.\d+)?(ns|us|ms|s|m\d\ds|h\d\dm|d\d\dh)\b", "T", text)


def squeezed(text):
    """Columns are as wide as the screen allows; here one blank is as good as many."""
    return "\n".join(re.sub(r"[ ]+", " ", line).rstrip() for line in text.splitlines())


def is_running(pid):
    """A zombie does not run, whoever should have waited for it."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] not in ("Z", "X")
    except (FileNotFoundError, ProcessLookupError):
        return False


class TopTest(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="ctxtop-test-")
        self.addCleanup(shutil.rmtree, self.directory)
        self.segments = self.path("segments")
        os.mkdir(self.segments, 0o700)
        self.environment = dict(os.environ, TZ="UTC", LC_ALL="C.UTF-8", TMPDIR=self.directory,
                                CTXTRACE_DIR=self.segments)
        for name in ("NO_COLOR", "COLUMNS", "LINES", "TMUX", "LD_PRELOAD"):
            self.environment.pop(name, None)

    def path(self, name):
        return os.path.join(self.directory, name)

    def top(self, *arguments, **keywords):
        """Runs ctxtop without a terminal; returns what subprocess.run() does, with text."""
        keywords.setdefault("env", self.environment)
        keywords.setdefault("timeout", 60)
        return subprocess.run([CTXTOP, *arguments], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
                              check=False, **keywords)

    def screen(self, *arguments, **keywords):
        """Runs ctxtop in a terminal; see Screen."""
        screen = Screen(self, shlex.join([CTXTOP, *arguments]), **keywords)
        self.addCleanup(screen.close)
        return screen


class Screen:
    """
    A terminal of a given size in which a shell runs a command, and what becomes of it: afterwards
    the shell prints the exit status and the settings of the terminal.
    """

    count = 0

    def __init__(self, test, command, width=120, height=30, environment=None, shell=None):
        self.test = test
        Screen.count += 1
        self.socket = os.path.join(test.directory, f"tmux-{Screen.count}")
        self.environment = dict(test.environment, **(environment or {}))
        script = shell or (
            f"stty -g >{test.directory}/before; {command} 2>{test.directory}/errors; "
            f"echo \"exit $?\"; stty -g >{test.directory}/after; touch {test.directory}/ended; "
            "exec cat")
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", str(width), "-y", str(height),
                  script)

    def tmux(self, *arguments):
        result = subprocess.run(["tmux", "-S", self.socket, *arguments], env=self.environment,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
                                check=False)
        self.test.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout

    def close(self):
        """Ends the terminal, and waits for ctxtop to have tidied up."""
        shell = subprocess.run(["tmux", "-S", self.socket, "display-message", "-p", "#{pane_pid}"],
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                               encoding="utf-8", check=False).stdout.strip()
        children = self.children(shell) if shell else []
        subprocess.run(["tmux", "-S", self.socket, "kill-server"], stderr=subprocess.DEVNULL,
                       check=False)
        end = time.monotonic() + PATIENCE_SECONDS
        while any(is_running(pid) for pid in children) and time.monotonic() < end:
            time.sleep(0.02)

    @staticmethod
    def children(pid):
        try:
            with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as children:
                return children.read().split()
        except FileNotFoundError:
            return []

    def keys(self, *keys):
        for key in keys:
            self.tmux("send-keys", key)

    def type(self, text):
        self.tmux("send-keys", "-l", text)

    def text(self, escapes=False):
        return self.tmux("capture-pane", "-p", *(["-e"] if escapes else []))

    def lines(self):
        return self.text().splitlines()

    def wait(self, condition, what):
        end = time.monotonic() + PATIENCE_SECONDS
        while True:
            result = condition()
            if result:
                return result
            if time.monotonic() > end:
                self.test.fail(f"waited in vain for {what}; the screen:\n{self.text()}")
            time.sleep(0.05)

    def wait_for(self, *texts):
        """Waits until the screen has all the texts, and returns it."""
        self.wait(lambda: all(text in squeezed(self.text()) for text in texts), repr(texts))
        return squeezed(self.text())

    def wait_without(self, *texts):
        self.wait(lambda: not any(text in squeezed(self.text()) for text in texts),
                  f"the end of {texts!r}")
        return squeezed(self.text())

    def rows(self, first="CONTEXT", last="Space fold"):
        """The lines between titles and footer that are not empty, without times."""
        lines = squeezed(self.text()).splitlines()
        begin = next(i for i, line in enumerate(lines) if line.startswith(first))
        end = next((i for i, line in enumerate(lines) if line.startswith(last)), len(lines) - 1)
        return [without_times(line) for line in lines[begin + 1:end] if line]

    def names(self, **keywords):
        """The first word of every row, with the tree in front of it."""
        pattern = re.compile(r"^([│├└─▸ ]*\S+)")
        return [pattern.match(row).group(1) for row in self.rows(**keywords)]

    def flag(self, name):
        return self.tmux("display-message", "-p", f"#{{{name}}}").strip()

    def process(self):
        """The pid of ctxtop, the shell's child."""
        shell = self.flag("pane_pid")
        return int(self.wait(lambda: self.children(shell), "ctxtop to be started")[0])

    def signal(self, number):
        os.kill(self.process(), number)

    def wait_for_end(self):
        """Waits for ctxtop's end, and returns its exit status as the shell tells it."""
        ended = os.path.join(self.test.directory, "ended")
        self.wait(lambda: os.path.exists(ended), "the end of ctxtop")
        text = self.wait_for("exit ")
        return int(re.search(r"exit (\d+)", text).group(1))

    def errors(self):
        with open(os.path.join(self.test.directory, "errors"), encoding="utf-8") as errors:
            return errors.read()

    def assert_restored(self):
        """Settings, cursor, screen and keypad are as they were before."""
        with open(self.test.path("before"), encoding="ascii") as before, \
                open(self.test.path("after"), encoding="ascii") as after:
            self.test.assertEqual(before.read(), after.read())
        self.test.assertEqual(self.flag("alternate_on"), "0")
        self.test.assertEqual(self.flag("cursor_flag"), "1")
        self.test.assertEqual(self.flag("keypad_flag"), "0")
        self.test.assertEqual(self.flag("keypad_cursor_flag"), "0")


def killed_by(number):
    """The exit status by which a shell tells of a death by signal."""
    return 128 + number


SIGNALS_THAT_END = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)
SIGNALS_THAT_CRASH = (signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS)
