#!/usr/bin/env python3
"""Looks at a large Go program with pprof, ctxtop, ctxreport and Delve in turn, and compares them.

usage: compare_go.py --ctxreport PATH --ctxtop PATH [--rounds N] [--delve-rounds N] [--dlv PATH]
                     [--goroutines N] [--contexts N] [--heap-megabytes N] [--leaks N]

All look at the same process (tests/bench/go/target.go), one after the other in each round, so that a
change of the machine's speed meets all of them; a ratio is taken within a round, and the medians over
the rounds are printed. Delve comes last, because it takes long and stops the target meanwhile.

Each looks twice in a round: once for the time it takes and the memory it needs, with the target at
rest, and once for what the target sees of it, with a goroutine that reads the clock without pause.
The longest time between two of its readings is the gap. Other processes make gaps, too; a row
measures what one does that never touches the target, and has as many busy threads as ctxreport, for
as long as the list takes.

The list is what `ctxreport inspect --no-stop --json` makes: every goroutine with its stack and what
it waits for, and every context, read and checked against all rules. Two more rows write all of that
out: `ctxreport -o` into SQLite, `ctxtop -b` as text.
"""
import argparse
import contextlib
import dataclasses
import json
import os
import shutil
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time

DIRECTORY = os.path.dirname(os.path.abspath(__file__))
DUMP = "/debug/pprof/goroutine?debug=2"
MEBIBYTE = 1 << 20

# What the project promises. DELVE: how many times slower than our list; the others: at most.
LIMIT_TOTAL, LIMIT_PAUSE, LIMIT_MEMORY, LIMIT_DELVE = 0.5, 0.5, 1.3, 20


@dataclasses.dataclass
class Look:
    """What one look at the target took. None: not measured, or there is no such thing."""
    seconds: float = None
    memory: int = None    # peak resident set of the looking process, bytes
    gap: float = None     # seconds that the target saw nothing of
    pause: float = None   # seconds that the looking program says it stopped the target
    gap_per_pause: float = None  # both of the same look: is what it says true?
    goroutines: int = None
    contexts: int = None
    findings: int = None
    proved: int = None


class Target:
    def __init__(self, program, arguments):
        command = [program, "-goroutines", str(arguments.goroutines), "-contexts",
                   str(arguments.contexts), "-heap-megabytes", str(arguments.heap_megabytes),
                   "-leaks", str(arguments.leaks)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line.startswith("READY"):
            sys.exit("compare_go.py: the target did not get ready")
        values = dict(word.split("=", 1) for word in line.split()[1:])
        self.goroutines, self.contexts = int(values["goroutines"]), int(values["contexts"])
        host, port = values["address"].rsplit(":", 1)
        self.address = host, int(port)
        self.pid = self.process.pid
        self.leaks = arguments.leaks

    def parts(self, path):
        """What the target answers, part by part, so that this process stays small: a process that
        it starts counts its size as its own peak."""
        with socket.create_connection(self.address) as connection:
            connection.sendall(f"GET {path} HTTP/1.0\r\n\r\n".encode())
            head = b""
            while b"\r\n\r\n" not in head:
                part = connection.recv(MEBIBYTE)
                if not part:
                    sys.exit(f"compare_go.py: the target did not answer {path}")
                head += part
            status, rest = head.split(b"\r\n", 1)[0], head.split(b"\r\n\r\n", 1)[1]
            if b" 200 " not in status:
                sys.exit(f"compare_go.py: the target answered {status.decode()} to {path}")
            yield rest
            while part := connection.recv(MEBIBYTE):
                yield part

    def ask(self, path):
        return b"".join(self.parts(path)).decode()

    def memory(self):
        return {name: int(value) for name, value in (line.split() for line in self.ask("/memory").splitlines())}

    def end(self):
        self.process.kill()
        self.process.wait()


def look_with_pprof(target, _):
    goroutines, last = 0, b"\n\n"
    begin = time.monotonic()
    for part in target.parts(DUMP):
        text = last + part
        goroutines += text.count(b"\n\ngoroutine ")
        last = text[-len(b"\n\ngoroutine ") + 1:]
    return Look(seconds=time.monotonic() - begin, goroutines=goroutines)


def run(command, output, good=(0,), script=None):
    """Time and peak memory of a command, whose output goes into a file."""
    with open(output, "wb") as out, open(output + ".errors", "wb") as errors:
        begin = time.monotonic()
        process = subprocess.Popen(command, stdin=subprocess.PIPE if script else subprocess.DEVNULL,
                                   stdout=out, stderr=errors)
        if script:
            process.stdin.write(script)
            process.stdin.close()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in good:
        with open(output + ".errors", errors="replace") as errors:
            sys.exit(f"compare_go.py: {' '.join(command)} exited with {process.returncode}: {errors.read()}")
    return Look(seconds=seconds, memory=usage.ru_maxrss * 1024)


def look_with_ctxtop(ctxtop):
    def look(target, scratch):
        output = os.path.join(scratch, "ctxtop")
        result = run([ctxtop, "-b", "-n1", str(target.pid)], output)
        with open(output) as text:  # The second line: "Contexts N (...)  Tasks N (...) ..."
            words = [text.readline(), text.readline()][1].replace(",", "").split()
        result.contexts = int(words[words.index("Contexts") + 1])
        result.goroutines = int(words[words.index("Tasks") + 1])
        return result
    return look


def look_with_ctxreport(ctxreport, *options, whole=False):
    def look(target, scratch):
        output, report = os.path.join(scratch, "ctxreport"), os.path.join(scratch, "report.db")
        with contextlib.suppress(FileNotFoundError):
            os.unlink(report)
        store = ["-o", report] if whole else []
        # 1: findings, 3: incomplete. Both are told below.
        result = run([ctxreport, "inspect", "--json", *options, *store, str(target.pid)], output,
                     good=(0, 1, 3))
        with open(output) as text:
            program = json.load(text)["runs"][0]["programs"][0]
        result.pause = program["pause_ns"] / 1e9
        result.contexts = program["context_count"]
        result.goroutines = program["task_count"]
        result.findings = len(program["findings"])
        result.proved = sum(finding["confidence"] == "proved" for finding in program["findings"])
        if whole:
            with contextlib.closing(sqlite3.connect(report)) as database:
                result.contexts = database.execute("SELECT count(*) FROM contexts").fetchone()[0]
                result.goroutines = database.execute("SELECT count(*) FROM tasks").fetchone()[0]
        return result
    return look


def look_with_delve(dlv):
    def look(target, scratch):
        output = os.path.join(scratch, "delve")
        result = run([dlv, "attach", str(target.pid), "--allow-non-terminal-interactive=true"], output,
                     script=b"goroutines\nexit\nn\n")  # n: do not kill the target
        with open(output, errors="replace") as text:
            result.goroutines = sum("Goroutine " in line for line in text)
        return result
    return look


def stay_busy(seconds, scratch):
    program = ("import os, time\nother = os.fork()\n"
               f"end = time.monotonic() + {seconds}\nwhile time.monotonic() < end: pass\n"
               "other and os.waitpid(other, 0)")
    return run([sys.executable, "-c", program], os.path.join(scratch, "busy"))


def watched(look, target, scratch):
    target.ask("/gap/start")
    result = look(target, scratch)
    result.gap = int(target.ask("/gap/stop")) / 1e9
    return result


def look_twice(look, target, scratch):
    result = look(target, scratch)
    second = watched(look, target, scratch)
    result.gap = second.gap
    if second.pause:
        result.gap_per_pause = second.gap / second.pause
    return result


def find_delve(arguments, go):
    if arguments.delve_rounds == 0:
        return None
    if dlv := arguments.dlv or shutil.which("dlv"):
        return dlv
    cache = os.path.join(os.environ.get("XDG_CACHE_HOME", os.path.expanduser("~/.cache")), "ctxtrace-bench")
    dlv = os.path.join(cache, "dlv")
    if not os.path.exists(dlv):
        print("Installing Delve into", cache, flush=True)
        subprocess.run([go, "install", "github.com/go-delve/delve/cmd/dlv@latest"], check=True,
                       env={**os.environ, "GOBIN": cache})
    return dlv


class Row:
    """All looks of one kind, and the medians of what they took."""

    def __init__(self, name, looks):
        self.name, self.looks = name, looks

    def values(self, field):
        return [value for look in self.looks if (value := getattr(look, field)) is not None]

    def median(self, field):
        values = self.values(field)
        return statistics.median(values) if values else None

    def cell(self, field, scale, digits):
        values = self.values(field)
        if not values:
            return "-"
        low, high = min(values) * scale, max(values) * scale
        return f"{statistics.median(values) * scale:.{digits}f} ({low:.{digits}f}-{high:.{digits}f})"

    def count(self, field):
        value = self.median(field)
        return "-" if value is None else f"{int(value)}"


def ratio(row, field, base, base_field=None):
    """The median of the ratios within the rounds; of a row with fewer rounds, of the medians."""
    base_field = base_field or field
    if len(row.looks) != len(base.looks):
        return row.median(field) / base.median(base_field)
    return statistics.median(getattr(a, field) / getattr(b, base_field)
                             for a, b in zip(row.looks, base.looks))


def print_table(rows):
    print(f"\n{'':26}{'total s':>20}{'gap ms':>24}{'pause told ms':>24}{'peak MB':>20}"
          f"{'goroutines':>12}{'contexts':>10}{'findings':>10}{'proved':>8}")
    for row in rows:
        print(f"{row.name:26}{row.cell('seconds', 1, 2):>20}{row.cell('gap', 1e3, 1):>24}"
              f"{row.cell('pause', 1e3, 1):>24}{row.cell('memory', 1 / MEBIBYTE, 0):>20}"
              f"{row.count('goroutines'):>12}{row.count('contexts'):>10}{row.count('findings'):>10}"
              f"{row.count('proved'):>8}")


class Promises:
    def __init__(self):
        self.missed = []
        print(f"\n{'':64}{'measured':>10}  promised")

    def check(self, what, measured, limit, at_least=False):
        kept = measured >= limit if at_least else measured <= limit
        word = "at least" if at_least else "at most"
        print(f"{what:64}{measured:10.2f}  {word} {limit:g}{'' if kept else '   MISSED'}")
        if not kept:
            self.missed.append(what)


def print_promises(rows, memory, target):
    pprof, control, top, stored, listing, proofs = (
        rows[name] for name in ("pprof", "busy", "ctxtop", "stored", "list", "proofs"))
    scanned = memory["/gc/scan/heap:bytes"]
    promises = Promises()
    promises.check(f"{listing.name}: total / pprof's", ratio(listing, "seconds", pprof), LIMIT_TOTAL)
    for row in (stored, top):
        print(f"{row.name + ': total / pprof' + chr(39) + 's':64}{ratio(row, 'seconds', pprof):10.2f}")
    # Not one number but none: what a busy process makes is noise.
    promises.check(f"{listing.name}: gap / the busy process's, noise below 2", ratio(listing, "gap", control), 2)
    promises.check(f"{listing.name}: pause told, ms", max(listing.values("pause")) * 1e3, 0)
    if min(proofs.values("pause")) == 0:
        promises.missed.append(f"{proofs.name}: made no proofs in some round")
    promises.check(f"{proofs.name}: gap / pprof's", ratio(proofs, "gap", pprof), LIMIT_PAUSE)
    promises.check(f"{proofs.name}: pause told / pprof's gap", ratio(proofs, "pause", pprof, "gap"), LIMIT_PAUSE)
    if proofs.values("gap_per_pause"):
        print(f"{proofs.name + ': gap / pause told, of the same look':64}{proofs.median('gap_per_pause'):10.2f}")
    for row in (listing, proofs):
        promises.check(f"{row.name}: peak memory / heap that the GC scans", row.median("memory") / scanned,
                       LIMIT_MEMORY)
    if "delve" in rows:
        promises.check(f"Delve: total / {listing.name}'s",
                       rows["delve"].median("seconds") / listing.median("seconds"), LIMIT_DELVE, at_least=True)
    for row in (pprof, top, stored, listing, proofs):
        if min(row.values("goroutines")) < target.goroutines or (
                row is not pprof and min(row.values("contexts")) < target.contexts):
            promises.missed.append(f"{row.name}: did not list everything in some round")
    if target.leaks == 0 and max(proofs.values("findings")) > 0:
        promises.missed.append(f"{proofs.name}: found something, but nothing is leaked")
    if target.leaks > 0 and min(proofs.values("proved")) == 0:
        promises.missed.append(f"{proofs.name}: proved nothing, but there are leaks")
    print("\nMissed: " + ("; ".join(promises.missed) if promises.missed else "nothing") + ".")


def describe(target, memory):
    print(f"Target: {target.goroutines} goroutines, {target.contexts} contexts; load of the machine "
          f"{os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    for name, value in memory.items():
        print(f"  {name:40}{value / MEBIBYTE:10.1f} MB")
    sys.stdout.flush()


def compare(arguments, go, scratch):
    program = os.path.join(scratch, "target")
    subprocess.run([go, "build", "-o", program, "."], check=True, cwd=os.path.join(DIRECTORY, "go"))
    dlv = find_delve(arguments, go)
    target = Target(program, arguments)
    try:
        memory = target.memory()
        describe(target, memory)
        kinds = {
            "pprof": ("pprof debug=2", look_with_pprof),
            "list": ("ctxreport, list", look_with_ctxreport(arguments.ctxreport, "--no-stop")),
            "proofs": ("ctxreport, proofs",
                       look_with_ctxreport(arguments.ctxreport, f"--max-pause={arguments.max_pause}")),
            # As long as the list takes: the longer one looks, the longer is the longest gap.
            "stored": ("ctxreport, list to SQLite",
                       look_with_ctxreport(arguments.ctxreport, "--no-stop", whole=True)),
            "ctxtop": ("ctxtop -b -n1", look_with_ctxtop(arguments.ctxtop)),
            "busy": ("a busy process",
                     lambda _, scratch: stay_busy(rows["list"].looks[-1].seconds, scratch)),
        }
        rows = {kind: Row(name, []) for kind, (name, _) in kinds.items()}
        for number in range(arguments.rounds):
            for kind, (_, look) in kinds.items():
                rows[kind].looks.append(look_twice(look, target, scratch))
            print(f"round {number + 1} of {arguments.rounds}:", ", ".join(
                f"{row.name} {row.looks[-1].seconds:.2f} s" for row in rows.values()), flush=True)
        if dlv:
            # The target does not run meanwhile, and need not be at rest.
            look = look_with_delve(dlv)
            rows["delve"] = Row("Delve, goroutines", [watched(look, target, scratch)
                                                      for _ in range(arguments.delve_rounds)])
        print_table(rows.values())
        print_promises(rows, memory, target)
    finally:
        target.end()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ctxreport", required=True)
    parser.add_argument("--ctxtop", required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--delve-rounds", type=int, default=1, help="0: without Delve")
    parser.add_argument("--dlv", help="Delve; without it the one in PATH, or the newest, installed into ~/.cache")
    parser.add_argument("--goroutines", type=int, default=100000)
    parser.add_argument("--contexts", type=int, default=100000)
    parser.add_argument("--heap-megabytes", type=int, default=1024)
    parser.add_argument("--leaks", type=int, default=0,
                        help="so many goroutines more are leaked: proofs then need a second stop (0)")
    parser.add_argument("--max-pause", default="60s", help="of the proofs; they are to be made in any case")
    arguments = parser.parse_args()
    go = shutil.which("go")
    if not go:
        sys.exit("compare_go.py: there is no go to build the target with: install Go (package golang-go)")
    print(subprocess.run([go, "version"], check=True, stdout=subprocess.PIPE, text=True).stdout, end="")
    with tempfile.TemporaryDirectory() as scratch:
        compare(arguments, go, scratch)


if __name__ == "__main__":
    main()
