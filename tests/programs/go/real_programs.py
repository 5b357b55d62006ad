#!/usr/bin/env python3
"""real_programs.py CTXREPORT [PROGRAM...]: looks at Go programs that nobody here wrote.

Fetches or builds the programs (sources from the Go module proxy, packages from Debian's archive),
starts each with real traffic, and looks at it as a user would: without proofs, with proofs, and in
a core dump that gdb's gcore makes. Where the program has net/http/pprof, its own dump of all
goroutines, taken before and after, is the truth that the listing has to agree with. Prints a row of
a table for each, and what was found. Exit status 1: a look failed, or differed from the truth.

Needs go, gcore (gdb), wrk, curl, and apt-get for the packages. What was built is kept in
$REAL_PROGRAMS (~/.cache/ctxtrace/real-programs) and used again; $REAL_PROGRAMS_LOOKS is how often
each is looked at with proofs (5); logs, reports and cores stay in $REAL_PROGRAMS_KEEP if that names
a folder.
"""

import contextlib
import glob
import json
import os
import re
import resource
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request

CACHE = os.environ.get("REAL_PROGRAMS",
                       os.path.expanduser("~/.cache/ctxtrace/real-programs"))
BIN = os.path.join(CACHE, "bin")
LOOKS = int(os.environ.get("REAL_PROGRAMS_LOOKS", "5"))  # with proofs, at each program


# Fetching and building.


def run(*arguments, **options):
    result = subprocess.run(arguments, capture_output=True, text=True, **options)
    if result.returncode:
        sys.exit(f"{' '.join(arguments)}: {result.stderr.strip()[-2000:]}")
    return result.stdout


def install(name, module, version, *flags, folder="", **environment):
    """Builds a command from the Go module proxy, once; returns its path. In a module of its own,
    because `go install` refuses modules that replace others."""
    path = os.path.join(BIN, name)
    if not os.path.exists(path):
        with tempfile.TemporaryDirectory() as own:
            run("go", "mod", "init", "real", cwd=own)
            run("go", "get", f"{module}@{version}", cwd=own)
            run("go", "get", module + folder, cwd=own)
            run("go", "build", *flags, "-o", path, module + folder, cwd=own,
                env=dict(os.environ, **environment))
    return path


def debian(package, path):
    """Unpacks a package of Debian's, once, without installing it; returns the path of a file."""
    root = os.path.join(CACHE, "debian")
    full = os.path.join(root, path)
    if not os.path.exists(full):
        os.makedirs(root, exist_ok=True)
        run("apt-get", "download", package, cwd=root)
        run("dpkg-deb", "-x", glob.glob(os.path.join(root, package + "_*.deb"))[0], root)
    return full


# What the programs are asked to do.


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def get(url, seconds=10):
    with urllib.request.urlopen(url, timeout=seconds) as answer:
        return answer.read().decode(errors="replace")


class Program:
    """One program under load. `processes` are started in order, the first one is looked at."""

    how = "Go module proxy, as usual"
    traffic = ""
    dump = None  # the URL of net/http/pprof's goroutine dump with debug=2
    warm = 5  # seconds of load before the look
    peer = None  # a process that goes on when the clients are stopped

    def __init__(self, work):
        self.work = work
        self.processes = []

    def spawn(self, *arguments, **options):
        log = open(os.path.join(self.work, f"log{len(self.processes)}"), "wb")
        self.processes.append(subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=log,
                                               stderr=log, cwd=self.work,
                                               start_new_session=True, **options))
        return self.processes[-1]

    def wait_for(self, url, seconds=30):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            with contextlib.suppress(OSError):
                return get(url, 1)
            time.sleep(0.1)
        sys.exit(f"{type(self).__name__} does not answer at {url}: see {self.work}")

    def repeat(self, command):
        """Load that is a shell command again and again."""
        self.spawn("sh", "-c", f"while :; do {command}; done")

    def clients(self, what):
        """Sends a signal to everything but the program itself."""
        for process in self.processes[1:]:
            if process is not self.peer:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, what)

    def end(self):
        for process in reversed(self.processes):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def write(self, name, text):
        path = os.path.join(self.work, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)
        return path


class Etcd(Program):
    traffic = "2 clients that put and get, 200 watches on one connection, 20 leases kept alive"

    def start(self):
        etcdctl = install("etcdctl", "go.etcd.io/etcd/etcdctl/v3", "v3.7.3")
        client, peer = free_port(), free_port()
        self.spawn(install("etcd", "go.etcd.io/etcd/server/v3", "v3.7.3"), "--data-dir", "data",
                   "--enable-pprof", "--log-level", "warn",
                   "--listen-client-urls", f"http://127.0.0.1:{client}",
                   "--advertise-client-urls", f"http://127.0.0.1:{client}",
                   "--listen-peer-urls", f"http://127.0.0.1:{peer}",
                   "--initial-advertise-peer-urls", f"http://127.0.0.1:{peer}",
                   "--initial-cluster", f"default=http://127.0.0.1:{peer}")
        self.wait_for(f"http://127.0.0.1:{client}/health")
        control = f"{etcdctl} --endpoints=127.0.0.1:{client}"
        watches = self.write("watches", "".join(f"watch key{n}\n" for n in range(200)))
        self.spawn("sh", "-c", f"(cat {watches}; sleep 600) | {control} watch -i")
        for _ in range(20):
            self.spawn("sh", "-c", f"{control} lease keep-alive "
                       f"$({control} lease grant 5 | cut -d' ' -f2)")
        for n in range(2):
            self.repeat(f"{control} put key{n} $$; {control} get --prefix key >/dev/null")
        self.dump = f"http://127.0.0.1:{client}/debug/pprof/goroutine?debug=2"


class Prometheus(Program):
    how = "Debian's package"
    traffic = "scrapes itself every second, 20 connections of queries"

    def start(self):
        port = free_port()
        self.write("p.yml", f"""global: {{scrape_interval: 1s}}
scrape_configs:
- job_name: self
  static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
- job_name: refused
  static_configs: [{{targets: ["127.0.0.1:1"]}}]
""")
        self.spawn(debian("prometheus", "usr/bin/prometheus"), "--config.file=p.yml",
                   f"--web.listen-address=127.0.0.1:{port}", "--storage.tsdb.path=data")
        self.wait_for(f"http://127.0.0.1:{port}/-/ready")
        self.spawn("wrk", "-t1", "-c20", "-d600", f"http://127.0.0.1:{port}/api/v1/query?query="
                   "sum(rate(prometheus_http_requests_total[1m]))by(handler)")
        self.dump = f"http://127.0.0.1:{port}/debug/pprof/goroutine?debug=2"


class Caddy(Program):
    how = "Go module proxy, -buildmode=pie -ldflags='-s -w'"
    traffic = "50 connections over a reverse proxy to a file server"

    def start(self):
        front, back, admin = free_port(), free_port(), free_port()
        self.write("site/index.html", "<h1>" + "hello " * 200)
        self.write("Caddyfile", f"""{{
    admin 127.0.0.1:{admin}
}}
http://127.0.0.1:{front} {{
    reverse_proxy 127.0.0.1:{back}
}}
http://127.0.0.1:{back} {{
    root * site
    file_server
}}
""")
        self.spawn(install("caddy", "github.com/caddyserver/caddy/v2", "v2.11.9",
                           "-buildmode=pie", "-ldflags=-s -w", folder="/cmd/caddy"), "run",
                   "--config", "Caddyfile", env=dict(os.environ, HOME=self.work))
        self.wait_for(f"http://127.0.0.1:{front}/")
        self.spawn("wrk", "-t1", "-c50", "-d600", f"http://127.0.0.1:{front}/")
        self.dump = f"http://127.0.0.1:{admin}/debug/pprof/goroutine?debug=2"


class NatsServer(Program):
    how = "Go module proxy, CGO_ENABLED=0 -trimpath -ldflags='-s -w'"
    traffic = "nats bench: publishers, subscribers, and JetStream over files"

    def start(self):
        port, monitor, profile = free_port(), free_port(), free_port()
        nats = install("nats", "github.com/nats-io/natscli", "v0.5.1", folder="/nats")
        self.spawn(install("nats-server", "github.com/nats-io/nats-server/v2", "v2.15.2",
                           "-trimpath", "-ldflags=-s -w", CGO_ENABLED="0"),
                   "-a", "127.0.0.1", "-p", str(port), "-m", str(monitor), "-js", "-sd", "js",
                   "--profile", str(profile))
        self.wait_for(f"http://127.0.0.1:{monitor}/varz")
        bench = f"{nats} -s 127.0.0.1:{port} bench"
        self.repeat(f"{bench} sub a --clients 10 --msgs 20000 --no-progress >/dev/null")
        self.repeat(f"{bench} pub a --clients 4 --msgs 20000 --sleep 1ms --no-progress >/dev/null")
        self.repeat(f"{bench} js pub sync b --create --purge --clients 4 --msgs 5000 "
                    "--no-progress >/dev/null")
        self.dump = f"http://127.0.0.1:{profile}/debug/pprof/goroutine?debug=2"


class Restic(Program):
    how = "Debian's package"
    traffic = "backs up 1 GB that does not compress, in 2,000 files"
    warm = 2

    def start(self):
        restic = debian("restic", "usr/bin/restic")
        for folder in range(20):
            os.makedirs(os.path.join(self.work, f"source/{folder}"))
            for n in range(100):
                with open(os.path.join(self.work, f"source/{folder}/{n}"), "wb") as file:
                    file.write(os.urandom(1 << 19))
        environment = dict(os.environ, RESTIC_PASSWORD="x", RESTIC_REPOSITORY="repository",
                           RESTIC_CACHE_DIR=os.path.join(self.work, "cache"))
        run(restic, "init", env=environment, cwd=self.work)
        # Slow enough that it is there for as long as the looks take.
        self.spawn(restic, "backup", "--limit-upload", "20000", "source", env=environment)


class Syncthing(Program):
    how = "Debian's package"
    traffic = "syncs a folder that changes with a second one, 10 long polls for events"
    warm = 10

    def configure(self, home, syncthing):
        """Makes the folder of one instance; returns its id, and its ports."""
        run(syncthing, "generate", "--home", home, "--no-default-folder", cwd=self.work)
        identity = run(syncthing, "--home", home, "--device-id", cwd=self.work).strip()
        return identity, free_port(), free_port()

    def start(self):
        syncthing = debian("syncthing", "usr/bin/syncthing")
        homes = [os.path.join(self.work, name) for name in ("one", "two")]
        made = [self.configure(home, syncthing) for home in homes]
        for home, (identity, gui, sync) in zip(homes, made):
            devices = "".join(f'<device id="{other}" name="n"><address>tcp://127.0.0.1:{port}'
                              "</address></device>" for other, _, port in made)
            members = "".join(f'<device id="{other}"></device>' for other, _, _ in made)
            self.write(f"{home}/files/.stfolder/x", "")
            self.write(f"{home}/config.xml", f"""<configuration version="36">
<folder id="f" label="f" path="{home}/files" type="sendreceive" rescanIntervalS="5"
 fsWatcherEnabled="true" fsWatcherDelayS="1">{members}</folder>{devices}
<gui enabled="true" tls="false" debugging="true"><address>127.0.0.1:{gui}</address>
<apikey>key</apikey></gui>
<options><listenAddress>tcp://127.0.0.1:{sync}</listenAddress>
<globalAnnounceEnabled>false</globalAnnounceEnabled>
<localAnnounceEnabled>false</localAnnounceEnabled><relaysEnabled>false</relaysEnabled>
<natEnabled>false</natEnabled><urAccepted>-1</urAccepted>
<crashReportingEnabled>false</crashReportingEnabled><startBrowser>false</startBrowser>
</options></configuration>""")
            self.spawn(syncthing, "--home", home, "--no-browser", "--no-restart",
                       env=dict(os.environ, HOME=home, STNOUPGRADE="1", STMONITORED="yes",
                                STPROFILER="127.0.0.1:0"
                                if home == homes[1] else f"127.0.0.1:{self.profiler()}"))
        self.peer = self.processes[1]
        self.repeat(f"head -c 300000 /dev/urandom >{homes[0]}/files/$(date +%s); sleep 0.5")
        gui = made[0][1]
        self.wait_for(f"http://127.0.0.1:{gui}/")
        for _ in range(10):
            self.repeat(f"curl -s -H 'X-API-Key: key' "
                        f"'http://127.0.0.1:{gui}/rest/events?since=999999&timeout=20' >/dev/null")
        self.dump = f"http://127.0.0.1:{self.port}/debug/pprof/goroutine?debug=2"

    def profiler(self):
        self.port = free_port()
        return self.port


PROGRAMS = {"etcd": Etcd, "prometheus": Prometheus, "caddy": Caddy, "nats-server": NatsServer,
            "restic": Restic, "syncthing": Syncthing}


# Looking.


class Look:
    """One run of ctxreport: what it cost and what it saw."""

    def __init__(self, ctxreport, target, database, *options):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        began = time.monotonic()
        result = subprocess.run([ctxreport, "inspect", "-o", database, *options, str(target)],
                                capture_output=True, text=True, timeout=300)
        self.seconds = time.monotonic() - began
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        self.text, self.errors, self.status = result.stdout, result.stderr, result.returncode
        if self.status not in (0, 1, 3):
            raise RuntimeError(f"exit status {self.status}: {self.errors}")
        self.database = sqlite3.connect(database)

    def rows(self, query):
        return self.database.execute(query).fetchall()

    def one(self, query):
        return self.rows(query)[0][0]

    def pause(self):
        return self.one("SELECT pause_ns FROM programs") / 1e6

    def counts(self):
        """Goroutines by status and contexts by kind."""
        return (dict(self.rows("SELECT status, count(*) FROM tasks GROUP BY 1")),
                dict(self.rows("SELECT kind, count(*) FROM contexts GROUP BY 1")))

    def size(self):
        goroutines, contexts = self.counts()
        return f"{sum(goroutines.values())} / {sum(contexts.values())}"

    def findings(self):
        return self.rows("SELECT rule, confidence, count, sentence FROM findings")

    def stacks(self):
        """The stack of each goroutine, as names of functions, the innermost first."""
        stacks = {}
        for number, function in self.rows(
                "SELECT number, function FROM tasks JOIN frames USING (stack_id) "
                "ORDER BY number, position"):
            stacks.setdefault(number, []).append(function)
        return {number: visible(functions) for number, functions in stacks.items()}

    def doubtful(self):
        """What a reader of the report would stumble over: (what, how many)."""
        doubts = {
            "goroutines without a stack": "SELECT count(*) FROM tasks WHERE stack_id IS NULL",
            "goroutines without a status": "SELECT count(*) FROM tasks "
            "WHERE status IS NULL OR status LIKE '%unknown%' OR status LIKE '%?%'",
            "frames without a name": "SELECT count(*) FROM frames "
            "WHERE function IS NULL OR function = '' OR file IS NULL OR line < 1",
            "contexts whose parent is missing": "SELECT count(*) FROM contexts WHERE "
            "parent_id IS NULL AND parent_number IS NOT NULL",
            "derived contexts without a parent": "SELECT count(*) FROM contexts WHERE "
            "parent_id IS NULL AND kind NOT IN ('background', 'todo', 'custom')",
            "contexts without a type": "SELECT count(*) FROM contexts "
            "WHERE type IS NULL OR type = '' OR kind = 'unknown'",
            "texts with odd characters": "SELECT count(*) FROM contexts WHERE "
            "type GLOB '*[^ -~]*' OR key GLOB '*[^ -~]*' OR cause GLOB '*[^ -~]*'",
            "goroutines that wait for nothing": "SELECT count(*) FROM tasks WHERE "
            "state = 'waiting' AND id NOT IN (SELECT task_id FROM waits)",
        }
        found = {what: self.one(query) for what, query in doubts.items()}
        return {what: count for what, count in found.items() if count}


def middle(values):
    return sorted(values)[len(values) // 2]


def visible(functions):
    """What Go's own dump shows: nothing of package runtime but what is exported."""
    return [name for name in functions
            if not re.match(r"runtime\.(?![A-Z]|panic)", name)]


def own_dump(url):
    """The program's own list: the stack of each goroutine, and the text."""
    text, stacks = get(url, 60), {}
    for block in text.split("\n\n"):
        head = re.match(r"goroutine (\d+) \[([^\]]*)\]", block)
        if not head:
            continue
        names = [re.sub(r"\([^()]*(\([^()]*\)[^()]*)*\)$", "", line)
                 for line in block.split("\n")[1:]
                 if line and not line.startswith(("\t", "created by", "..."))]
        stacks[int(head.group(1))] = visible(names)
    return stacks, text


def compare(before, look, after):
    """Goroutines that were the same in both dumps have to be the same in the look between."""
    seen = look.stacks()
    same = [number for number in before if after.get(number) == before[number]]
    differ = [number for number in same if before[number] and seen.get(number) != before[number]]
    for number in differ[:3]:
        print(f"  goroutine {number}: the program says {before[number]},\n"
              f"    the look says {seen.get(number)}")
    return len(same), len(differ)


def agrees(ctxreport, program, directory):
    """Is the listing what the program says of itself? Asked while its clients are stopped, because
    in between two dumps a busy goroutine is elsewhere."""
    program.clients(signal.SIGSTOP)
    time.sleep(1)
    before, text = own_dump(program.dump)
    look = Look(ctxreport, program.processes[0].pid, os.path.join(directory, "still.db"),
                "--no-stop", "--fail-on=none")
    after = own_dump(program.dump)[0]
    program.clients(signal.SIGCONT)
    with open(os.path.join(directory, "dump.txt"), "w") as file:
        file.write(text)
    same, differ = compare(before, look, after)
    print(f"  {same} of {len(look.stacks())} goroutines stood still between two own dumps; "
          f"{differ} of them differ here")
    return not differ


def version_of(path):
    lines = run("go", "version", "-m", path).split("\n")
    module = [line.split()[2] for line in lines if line.startswith("\tmod\t")]
    if not module:  # Debian builds outside of modules
        name = os.path.basename(path) + "_*.deb"
        module = [run("dpkg-deb", "-f", package, "Version").strip()
                  for package in glob.glob(os.path.join(CACHE, "debian", name))]
    return (module or ["?"])[0], lines[0].split()[-1]


def stripped(path):
    return "stripped" if " stripped" in run("file", "-Lb", path).replace("not stripped", "") \
        else "no"


def examine(ctxreport, name, directory):
    program = PROGRAMS[name](directory)
    failed = False
    try:
        program.start()
        time.sleep(program.warm)
        pid = program.processes[0].pid
        path = os.readlink(f"/proc/{pid}/exe")
        database = lambda kind: os.path.join(directory, kind + ".db")
        listing = Look(ctxreport, pid, database("listing"), "--no-stop", "--fail-on=none")
        proofs = [Look(ctxreport, pid, database(f"proofs{n}"), "--fail-on=none")
                  for n in range(LOOKS)]
        failed |= bool(program.dump) and not agrees(ctxreport, program, directory)
        core = os.path.join(directory, "core")
        run("gcore", "-o", core, str(pid))
        before_core = program.processes[0].poll()
        dead = Look(ctxreport, f"{core}.{pid}", database("core"), "--fail-on=none")
        looks = [("listing", listing), *(("proofs", look) for look in proofs), ("core", dead)]
        for kind, look in looks:
            print(f"  {kind}: {look.seconds:.2f} s ({look.processor:.2f} s of processor), "
                  f"pause {look.pause():.0f} ms, goroutines and contexts {look.counts()}")
            for what, count in look.doubtful().items():
                print(f"  {kind}: {count} {what}")
            for finding in look.findings():
                print(f"  {kind}: finding", *finding, sep=" | ")
            if look.errors:
                print(f"  {kind}: {look.errors.strip()}")
        failed |= before_core is not None
        version, go = version_of(path)
        pauses = sorted(look.pause() for look in proofs)
        print(f"| {name} {version} | {go} | {program.how} | {stripped(path)} | {program.traffic} "
              f"| {listing.size()} | {listing.seconds * 1000:.0f} ms "
              f"| {proofs[-1].size()} | {middle([look.seconds for look in proofs]) * 1000:.0f} ms "
              f"| {middle(pauses):.0f} ms, at most {pauses[-1]:.0f} ms "
              f"| {dead.seconds * 1000:.0f} ms, {dead.size()} |", flush=True)
    finally:
        program.end()
    return failed


def main():
    if len(sys.argv) < 2 or any(name not in PROGRAMS for name in sys.argv[2:]):
        sys.exit(f"usage: real_programs.py CTXREPORT [{' | '.join(PROGRAMS)}]...")
    failed = False
    keep = os.environ.get("REAL_PROGRAMS_KEEP")
    for name in sys.argv[2:] or PROGRAMS:
        print(f"{name}:", flush=True)
        with contextlib.ExitStack() as stack:
            directory = os.path.join(keep, name) if keep else stack.enter_context(
                tempfile.TemporaryDirectory(prefix="ctxtrace-real-"))
            shutil.rmtree(directory, ignore_errors=True)
            os.makedirs(directory)
            failed |= examine(os.path.abspath(sys.argv[1]), name, directory)
    sys.exit(failed)


if __name__ == "__main__":
    main()
