#!/usr/bin/env python3
"""The example server, docs/examples/orders, as its clients see it and as ctxreport sees it.

The build to test is CTXTRACE_BUILD, or build/ in the source tree.
"""

import glob
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest
from typing import NamedTuple

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("CTXTRACE_BUILD", os.path.join(ROOT, "build"))
ORDERS = os.path.join(BUILD, "docs", "examples", "orders", "orders")
LOAD = os.path.join(BUILD, "docs", "examples", "orders", "orders-load")
CTXREPORT = os.path.join(BUILD, "ctxreport", "ctxreport")

PATIENCE = 300  # seconds that anything may take before it counts as hanging
NOTICED_WITHIN = 0.1  # seconds from hanging up to the cancel, and from the cancel to the end
NEVER_DONE = 60000  # orders with which the report takes far longer than any test waits
MIN_AGE = 0.3  # seconds; what is younger is no finding


class Orders:
    """A running server, recorded, with a directory of its own."""

    def __init__(self, test, *options, orders=2000):
        self.directory = tempfile.mkdtemp(prefix="ctxtrace-orders-")
        test.addCleanup(shutil.rmtree, self.directory)
        self.log_path = os.path.join(self.directory, "log")
        self.environment = dict(os.environ, CTXTRACE="1", CTXTRACE_DIR=self.directory)
        with open(self.log_path, "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                [ORDERS, "--port=0", "--log", f"--orders={orders}",
                 "--database=" + os.path.join(self.directory, "orders.sqlite"), *options],
                env=self.environment, stdout=subprocess.PIPE, stderr=log, text=True)
        test.addCleanup(self.kill)
        line = self.process.stdout.readline()
        match = re.fullmatch(r"orders listens on http://127\.0\.0\.1:(\d+)/\n", line)
        test.assertTrue(match, f"{line!r}, {self.log()}")
        self.port = int(match.group(1))

    def get(self, path, method="GET", headers=None):
        """The status and the JSON of the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, headers=headers or {})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        except OSError as error:
            time.sleep(0.1)
            raise AssertionError(f"{error}; the server's status is {self.process.poll()} and its "
                                 f"log\n{self.log()}") from error
        finally:
            connection.close()

    def begin(self, path, request_id):
        """A connection on which a request has been sent."""
        client = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nX-Request-Id: {request_id}\r\n\r\n"
                       .encode())
        return client

    def hang_up(self, path, request_id, after):
        """Sends a request and hangs up that many seconds later; returns when that was."""
        client = self.begin(path, request_id)
        time.sleep(after)
        when = time.monotonic_ns()
        client.close()
        return when

    def log(self):
        with open(self.log_path, encoding="utf-8") as log:
            return log.read()

    def logged(self, request_id):
        """What the log says of this request, once it says anything."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            for line in self.log().splitlines():
                if line.startswith(f"request={request_id} "):
                    return dict(re.findall(r'(\w+)=("[^"]*"|\S+)', line))
            time.sleep(0.01)
        raise AssertionError(f"request {request_id} never ended; the log is\n{self.log()}")

    def load(self, *arguments):
        """Counts by what orders-load calls them."""
        done = subprocess.run([LOAD, f"--port={self.port}", *arguments], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, timeout=PATIENCE, check=False)
        counts = {name: int(count) for name, count in re.findall(r"(.+): (\d+)\n", done.stdout)}
        return done.returncode, counts

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=PATIENCE)

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def segments(self):
        return glob.glob(os.path.join(self.directory, "*.ctxt"))

    def findings(self, target):
        """What ctxreport finds in the live process or in the segment it left."""
        done = subprocess.run(
            [CTXREPORT, "inspect", "--json", f"--min-age={MIN_AGE}s", f"--max-lag={MIN_AGE}s",
             "--output", os.path.join(self.directory, "report.db"), str(target)],
            env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            timeout=PATIENCE, check=False)
        if done.returncode not in (0, 1):
            raise AssertionError(f"ctxreport ended with {done.returncode}: {done.stderr}")
        programs = json.loads(done.stdout)["runs"][-1]["programs"]
        assert len(programs) == 1, programs
        return programs[0]["findings"]

    def findings_after_death(self):
        """Kills it, as `kill -9` does, while it is still writing, and looks at what it left."""
        self.get("/healthz")
        self.process.kill()
        self.process.wait()
        segments = self.segments()
        assert len(segments) == 1, segments
        return self.findings(segments[0])


def described(findings):
    return "\n".join(f"{f['rule']} {f['confidence']} {f['count']}: {f['sentence']}"
                     for f in findings) or "nothing was found"


class Answers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cleaner = unittest.TestCase()
        cls.addClassCleanup(cls.cleaner.doCleanups)
        cls.server = Orders(cls.cleaner, orders=2000)

    def test_orders_of_a_user(self):
        status, body = self.server.get("/orders?user=ann")
        self.assertEqual(status, 200)
        self.assertEqual(body["total"][0]["orders"], 400)
        self.assertEqual(len(body["latest"]), 20)
        times = [order["placed"] for order in body["latest"]]
        self.assertEqual(times, sorted(times, reverse=True))

    def test_orders_of_somebody_unknown(self):
        for path in ("/orders", "/orders?user=zoe", "/orders?user=%27%20OR%20%27a%27=%27a"):
            status, body = self.server.get(path)
            self.assertEqual((status, body["latest"]), (200, []), path)

    def test_one_order(self):
        status, body = self.server.get("/orders/17")
        self.assertEqual((status, body["id"]), (200, 17))
        self.assertEqual(self.server.get("/orders/2001")[0], 404)
        self.assertEqual(self.server.get("/orders/x")[0], 400)

    def test_report(self):
        status, body = self.server.get("/report")
        self.assertEqual(status, 200, body)
        self.assertEqual([row["month"] for row in body], list(range(1, 13)))
        self.assertEqual(sum(row["orders"] for row in body), 2000)

    def test_routes(self):
        status, body = self.server.get("/")
        self.assertEqual(status, 200)
        self.assertIn("/report", body)
        self.assertEqual(self.server.get("/nowhere")[0], 404)
        self.assertEqual(self.server.get("/healthz/x")[0], 404)
        self.assertEqual(self.server.get("/orders", method="POST")[0], 405)
        self.assertEqual(self.server.get("/healthz"), (200, {"healthy": True}))

    def test_request_ids(self):
        self.server.get("/orders?user=eve", headers={"X-Request-Id": "mine-1"})
        logged = self.server.logged("mine-1")
        self.assertEqual((logged["user"], logged["status"]), ("eve", "200"))
        self.server.get("/healthz", headers={"X-Request-Id": 'a" b'})
        self.assertNotIn('request=a"', self.server.log())


class Deadlines(unittest.TestCase):
    def test_slow_answer_is_given_up_in_time(self):
        server = Orders(self, orders=NEVER_DONE)
        for limit in (50, 300):
            started = time.monotonic()
            status, body = server.get(f"/report?timeout_ms={limit}")
            took = time.monotonic() - started
            self.assertEqual((status, body["problem"]), (504, f"no answer within {limit} ms"))
            self.assertGreaterEqual(took, limit / 1000)
            self.assertLess(took, limit / 1000 + 2 * NOTICED_WITHIN)

    def test_the_servers_limit_holds(self):
        server = Orders(self, "--timeout=100", orders=NEVER_DONE)
        for path in ("/report", "/report?timeout_ms=60000", "/report?timeout_ms=-1"):
            status, body = server.get(path)
            self.assertEqual((status, body["problem"]), (504, "no answer within 100 ms"), path)


class HangUps(unittest.TestCase):
    def lags(self, server, request_id, when):
        """Seconds from hanging up to being noticed, and from there to the end of the work."""
        logged = server.logged(request_id)
        self.assertEqual((logged["status"], logged["cause"]), ("499", '"client hung up"'))
        noticed, ended = int(logged["noticed_ns"]), int(logged["ended_ns"])
        return (noticed - when) / 1e9, (ended - noticed) / 1e9

    def assert_in_time(self, lags):
        """On a machine that is busy with other things some may be late, but not many."""
        for what, of_kind in zip(("noticing", "stopping"), zip(*lags)):
            late = [lag for lag in of_kind if lag >= NOTICED_WITHIN]
            self.assertLessEqual(len(late), len(lags) // 4, f"{what} took {sorted(of_kind)}")
            self.assertLess(max(of_kind), 20 * NOTICED_WITHIN, what)

    def test_during_a_query(self):
        server = Orders(self, "--timeout=60000", orders=NEVER_DONE)
        lags = []
        for i in range(20):
            when = server.hang_up("/report", f"gone{i}", 0.005 * i)
            lags.append(self.lags(server, f"gone{i}", when))
        self.assert_in_time(lags)

    def test_many_at_once_of_which_most_wait_for_a_connection(self):
        server = Orders(self, "--timeout=60000", "--connections=1", orders=NEVER_DONE)
        clients = [server.begin("/report", f"many{i}") for i in range(20)]
        time.sleep(0.3)
        when = {}
        for i, client in enumerate(clients):
            when[i] = time.monotonic_ns()
            client.close()
        self.assert_in_time([self.lags(server, f"many{i}", when[i]) for i in range(20)])
        self.assertEqual(server.get("/orders/1")[0], 200)

    def test_client_that_closes_its_half_only_is_gone_too(self):
        server = Orders(self, "--timeout=60000", orders=NEVER_DONE)
        client = server.begin("/report", "half")
        self.addCleanup(client.close)
        time.sleep(0.05)
        when = time.monotonic_ns()
        client.shutdown(socket.SHUT_WR)
        self.assertLess(self.lags(server, "half", when)[0], 20 * NOTICED_WITHIN)

    def test_other_requests_go_on(self):
        server = Orders(self, "--timeout=60000", orders=8000)
        answers = []
        other = threading.Thread(target=lambda: answers.append(server.get("/report")))
        other.start()
        for i in range(5):
            server.hang_up("/report", f"other{i}", 0.02)
        other.join(PATIENCE)
        self.assertEqual([status for status, _ in answers], [200])

    def test_connection_that_is_used_again_is_watched_again(self):
        server = Orders(self, "--timeout=60000", orders=NEVER_DONE)
        client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
        for _ in range(20):
            client.request("GET", "/orders/3")
            answer = client.getresponse()
            self.assertEqual((answer.status, json.loads(answer.read())["id"]), (200, 3))
        client.request("GET", "/report", headers={"X-Request-Id": "reused"})
        time.sleep(0.05)
        when = time.monotonic_ns()
        client.close()
        self.assertLess(self.lags(server, "reused", when)[0], 20 * NOTICED_WITHIN)


class Connections(unittest.TestCase):
    """With one connection to the database, every query is the next one on it."""

    def test_the_next_query_is_not_hit(self):
        server = Orders(self, "--connections=1", "--timeout=60000", orders=NEVER_DONE)
        for i in range(30):
            if i % 2:
                server.hang_up("/report", f"gone{i}", 0.003)
            else:
                self.assertEqual(server.get("/report?timeout_ms=5")[0], 504)
            status, body = server.get(f"/orders/{i + 1}")
            self.assertEqual((status, body.get("id")), (200, i + 1), body)
        status, body = server.get("/stats")
        self.assertEqual(status, 200)
        self.assertNotIn("500", body["answers"])


class Stopping(unittest.TestCase):
    def test_requests_in_flight_are_answered(self):
        server = Orders(self, "--timeout=60000", orders=NEVER_DONE)
        answers = []
        clients = [threading.Thread(target=lambda: answers.append(server.get("/report")))
                   for _ in range(6)]
        for client in clients:
            client.start()
        time.sleep(0.3)
        started = time.monotonic()
        self.assertEqual(server.stop(), 0)
        self.assertLess(time.monotonic() - started, 2)
        for client in clients:
            client.join(PATIENCE)
        self.assertEqual(answers, [(503, {"problem": "the server stops: Terminated"})] * 6)

    def test_nothing_is_left_alive(self):
        """A recording of a program that ends with nothing alive removes itself."""
        server = Orders(self, orders=6000)
        status, counts = server.load("--seconds=1", "--hang-up=30", "/orders?user=ann",
                                     "/orders/5", "/report?timeout_ms=30")
        self.assertEqual(status, 0, counts)
        self.assertEqual(server.stop(), 0)
        self.assertEqual(server.segments(), [])

    def test_what_cannot_start_says_so(self):
        server = Orders(self)
        for arguments, words in ((("--port", str(server.port)), "cannot listen on port"),
                                 (("--port=0", "--database=/nowhere/x"), "/nowhere/x cannot be")):
            done = subprocess.run(
                [ORDERS, "--database=" + os.path.join(server.directory, "orders.sqlite"),
                 *arguments],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=PATIENCE,
                check=False)
            self.assertEqual((done.returncode, done.stdout), (1, ""), arguments)
            self.assertIn(words, done.stderr)
            self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)

    def test_wrong_use(self):
        for program, arguments in ((ORDERS, ["--port=x"]), (ORDERS, ["x"]), (LOAD, []),
                                   (LOAD, ["--hang-up=101", "/orders"])):
            done = subprocess.run([program, *arguments], stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, timeout=PATIENCE, check=False)
            self.assertEqual(done.returncode, 2, arguments)
        for program in (ORDERS, LOAD):
            done = subprocess.run([program, "--help"], stdout=subprocess.PIPE, timeout=PATIENCE,
                                  check=False)
            self.assertEqual(done.returncode, 0)
            self.assertIn(b"Usage:", done.stdout)


class Planted(NamedTuple):
    """A route with a defect, and what it is found as after so many requests."""

    route: str
    requests: int
    rule: str
    confidence: str
    count: int
    function: str


PLANTED = (
    Planted("/leak/forgotten-cancel", 7, "lost-cancel", "proved", 7, "leak_forgotten_cancel"),
    Planted("/leak/sender-without-receiver", 4, "leaked-task", "proved", 4, "get_quote"),
    Planted("/leak/ignored-done", 3, "ignored-cancel", "likely", 3, ""),
    Planted("/leak/detached-work", 5, "broken-inheritance", "likely", 5, "send_receipt"),
    Planted("/leak/fat-context", 4, "fat-context", "likely", 1, "remember_visit"),
    Planted("/leak/fat-context", 60, "fat-context", "proved", 1, "remember_visit"),
)

CLEAN = ("/orders?user=ann", "/orders?user=bob", "/orders/5", "/report?timeout_ms=60",
         "/healthz", "/stats", "/leak/forgotten-cancel?stale=1")


class Defects(unittest.TestCase):
    def assert_found(self, planted, findings):
        found = [f for f in findings if f["rule"] == planted.rule]
        self.assertEqual(len(found), 1, described(findings))
        self.assertEqual((found[0]["confidence"], found[0]["count"]),
                         (planted.confidence, planted.count), described(findings))
        if planted.function:
            self.assertEqual(found[0]["function"], planted.function, described(findings))
            self.assertRegex(found[0]["file"], r"leaks/\w+\.c$", described(findings))
            self.assertGreater(found[0]["line"], 0)

    def plant(self, server, planted):
        for _ in range(planted.requests):
            status, body = server.get(planted.route)
            self.assertEqual(status, 200, body)

    def test_each_alone(self):
        for planted in PLANTED:
            with self.subTest(f"{planted.route}, {planted.requests} times"):
                server = Orders(self)
                self.plant(server, planted)
                time.sleep(3 * MIN_AGE)
                for findings in (server.findings(server.process.pid),
                                 server.findings_after_death()):
                    self.assertEqual(len(findings), 1, described(findings))
                    self.assert_found(planted, findings)

    def test_all_under_load(self):
        server = Orders(self, orders=6000)
        loader = subprocess.Popen([LOAD, f"--port={server.port}", "--seconds=60", "--clients=4",
                                   "--hang-up=30", *CLEAN], stdout=subprocess.DEVNULL)
        try:
            for planted in PLANTED[:5]:
                self.plant(server, planted)
            time.sleep(5 * MIN_AGE)
            alive = server.findings(server.process.pid)
            dead = server.findings_after_death()
        finally:
            loader.kill()
            loader.wait()
        for findings in (alive, dead):
            self.assertEqual(len(findings), 5, described(findings))
            for planted in PLANTED[:5]:
                self.assert_found(planted, findings)

    def test_clean_routes_yield_nothing(self):
        server = Orders(self, orders=6000)
        loader = subprocess.Popen([LOAD, f"--port={server.port}", "--seconds=60", "--clients=8",
                                   "--hang-up=30", *CLEAN], stdout=subprocess.DEVNULL)
        try:
            for _ in range(5):
                time.sleep(2 * MIN_AGE)
                findings = server.findings(server.process.pid)
                self.assertTrue(not findings, described(findings))
            findings = server.findings_after_death()
        finally:
            loader.kill()
            loader.wait()
        self.assertTrue(not findings, described(findings))

    def test_clean_routes_yield_nothing_when_they_take_long(self):
        server = Orders(self, "--timeout=60000", "--connections=2", orders=NEVER_DONE)
        clients = [server.begin("/report", f"slow{i}") for i in range(6)]
        time.sleep(4 * MIN_AGE)
        alive = server.findings(server.process.pid)
        dead = server.findings_after_death()
        for client in clients:
            client.close()
        for findings in (alive, dead):
            self.assertTrue(not findings, described(findings))


if __name__ == "__main__":
    unittest.main()
