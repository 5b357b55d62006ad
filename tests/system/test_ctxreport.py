#!/usr/bin/env python3
"""ctxreport inspect, show, diff, export, list: what goes in, what comes out, what is refused."""

import os
import pty
import re
import resource
import shutil
import signal
import sqlite3
import subprocess
import unittest

from ctxreport_test import (CTXREPORT, FOUND, INCOMPLETE, NOTHING_FOUND, PATIENCE, TROUBLE,
                            ReportTest, fixture, parse)


class Inspect(ReportTest):
    def test_nothing_found_is_said_in_a_line(self):
        result = self.report("inspect", fixture("clean"))
        self.assertEqual(result.returncode, NOTHING_FOUND, result.stderr)
        self.assertIn("Nothing found.", result.stdout)
        self.assertIn("6 contexts", result.stdout)

    def test_findings_have_stacks_and_advice(self):
        result = self.report("inspect", fixture("service"))
        self.assertEqual(result.returncode, FOUND)
        self.assertIn("PROVED", result.stdout)
        self.assertIn("[lost-cancel, high]", result.stdout)
        self.assertIn("> refresh_cache   cache.c:77", result.stdout)
        self.assertIn("What to do: ", result.stdout)
        self.assertIn("1,532 events", result.stdout)

    def test_the_most_severe_comes_first(self):
        findings = parse(self.report("inspect", "--json", fixture("service")).stdout)
        severities = [finding["severity"] for finding in findings["runs"][0]["programs"][0]["findings"]]
        order = ["critical", "high", "medium", "low"]
        self.assertEqual(severities, sorted(severities, key=order.index))
        self.assertGreater(len(set(severities)), 1)

    def test_threshold(self):
        for confidence, status in (("proved", FOUND), ("likely", FOUND), ("none", INCOMPLETE)):
            result = self.report("inspect", "--fail-on", confidence, fixture("service"))
            self.assertEqual(result.returncode, status, confidence)
        only = ("--rule", "inverted-deadline", fixture("service"))
        self.assertEqual(self.report("inspect", *only).returncode, INCOMPLETE)
        self.assertEqual(self.report("inspect", "--fail-on=likely", *only).returncode, FOUND)

    def test_a_rule_alone(self):
        result = parse(self.report("inspect", "--json", "--rule=lost-cancel", fixture("service")).stdout)
        self.assertEqual({finding["rule"] for finding in result["runs"][0]["programs"][0]["findings"]},
                         {"lost-cancel"})

    def test_rules_are_listed(self):
        result = self.report("inspect", "--list-rules")
        self.assertEqual(result.returncode, 0)
        self.assertIn("lost-cancel", result.stdout)

    def test_limits_are_kept(self):
        result = self.report("inspect", "--json", "--min-age=250ms", "--max-depth=7", fixture("clean"))
        limits = {row["name"]: row["value"] for row in parse(result.stdout)["runs"][0]["thresholds"]}
        self.assertEqual(limits["min-age"], 250_000_000)
        self.assertEqual(limits["max-depth"], 7)

    def test_watching_replaces_the_picture_and_keeps_the_samples(self):
        result = self.report("inspect", "--watch=10ms", "--count=3", "-o", "r.db", fixture("service"))
        self.assertEqual(result.returncode, FOUND, result.stderr)
        self.assertEqual(len(result.stderr.splitlines()), 3)
        report = self.path("r.db")
        self.assert_consistent(report)
        self.assertEqual(self.select(report, "SELECT count(*) FROM samples"), [(3,)])
        self.assertEqual(self.select(report, "SELECT count(*) FROM programs"), [(1,)])
        self.assertEqual(self.select(report, "SELECT count(*) FROM contexts"), [(16,)])

    def test_watching_ends_with_a_report_when_interrupted(self):
        process = subprocess.Popen([CTXREPORT, "inspect", "--watch=1h", fixture("service")],
                                   env=self.environment, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        process.stderr.readline()
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=PATIENCE)
        self.assertEqual(process.returncode, FOUND)
        self.assertIn("lost-cancel", output)


class Text(ReportTest):
    def on_terminal(self, *arguments, **environment):
        master, slave = pty.openpty()
        process = subprocess.Popen([CTXREPORT, *arguments], stdout=slave, stderr=slave,
                                   env=dict(self.environment, TERM="xterm", **environment))
        os.close(slave)
        output = b""
        while True:
            try:
                piece = os.read(master, 65536)
            except OSError:
                break
            if not piece:
                break
            output += piece
        os.close(master)
        process.wait(timeout=PATIENCE)
        return output

    def test_colours_on_a_terminal_only(self):
        self.assertIn(b"\x1b[", self.on_terminal("inspect", fixture("service")))
        self.assertNotIn("\x1b", self.report("inspect", fixture("service")).stdout)

    def test_no_color(self):
        self.assertNotIn(b"\x1b", self.on_terminal("inspect", fixture("service"), NO_COLOR="1"))
        self.assertIn(b"PROVED", self.on_terminal("inspect", fixture("service"), NO_COLOR="1"))

    def test_no_line_is_wider_than_the_terminal_allows_for_words(self):
        for line in self.report("inspect", fixture("service")).stdout.splitlines():
            if not line.lstrip().startswith(("1", "2", "3", "4", "5", ">")):
                self.assertLessEqual(len(line), 100, line)


class RoundTrips(ReportTest):
    def test_show_says_what_inspect_said(self):
        for name in ("service", "clean", "dead"):
            for form in ("text", "json", "sarif", "github", "gitlab", "junit", "folded",
                         "suppressions"):
                report = f"{name}-{form}.db"
                first = self.report("inspect", "--format", form, "-o", report, fixture(name))
                again = self.report("show", "--format", form, report)
                self.assertEqual(first.stdout, again.stdout)
                self.assertEqual(first.returncode, again.returncode)

    def test_several_runs_fit_one_file(self):
        for name in ("clean", "service", "dead"):
            self.report("inspect", "-o", "r.db", fixture(name))
        self.assert_consistent(self.path("r.db"))
        shown = parse(self.report("show", "--json", "r.db").stdout)
        self.assertEqual([run["run"] for run in shown["runs"]], [1, 2, 3])
        second = parse(self.report("show", "--json", "r.db@2").stdout)
        self.assertEqual(second["runs"], [shown["runs"][1]])
        last = parse(self.report("show", "--json", "r.db@last").stdout)
        self.assertEqual(last["runs"], [shown["runs"][2]])

    def test_several_files(self):
        self.report("inspect", "-o", "a.db", fixture("clean"))
        self.report("inspect", "-o", "b.db", fixture("dead"))
        shown = parse(self.report("show", "--json", "a.db", "b.db").stdout)
        self.assertEqual([run["report"] for run in shown["runs"]], ["a.db", "b.db"])
        text = self.report("show", "a.db", "b.db").stdout
        self.assertIn("run 1 of a.db", text)
        self.assertIn("run 1 of b.db", text)

    def test_export_holds_everything(self):
        self.report("inspect", "-o", "r.db", fixture("service"))
        result = self.report("export", "r.db")
        self.assertEqual(result.returncode, 0)
        program = parse(result.stdout)["runs"][0]["programs"][0]
        for table in ("contexts", "tasks", "waits", "objects", "stacks", "events"):
            rows = self.select(self.path("r.db"), f"SELECT count(*) FROM {table}")[0][0]
            self.assertEqual(len(program[table]), rows, table)
        names = {context["number"]: context["name"] for context in program["contexts"]}
        self.assertEqual(names[9], "GET /report")

    def test_to_replaces_a_longer_file(self):
        with open(self.path("out"), "w", encoding="utf-8") as file:
            file.write("x" * 1_000_000)
        self.report("inspect", "--json", "--to", "out", fixture("clean"))
        with open(self.path("out"), encoding="utf-8") as file:
            self.assertEqual(parse(file.read())["exit_status"], 0)

    def test_sarif_has_results(self):
        sarif = parse(self.report("inspect", "--format=sarif", fixture("service")).stdout)
        self.assertEqual(sarif["version"], "2.1.0")
        results = sarif["runs"][0]["results"]
        rules = {rule["id"] for rule in sarif["runs"][0]["tool"]["driver"]["rules"]}
        self.assertTrue(results)
        for result in results:
            self.assertIn(result["ruleId"], rules)
            self.assertIn(result["level"], ("error", "warning", "note"))
            self.assertTrue(result["partialFingerprints"])


class Compare(ReportTest):
    def setUp(self):
        super().setUp()
        for name in ("clean", "service", "dead"):
            self.report("inspect", "-o", name + ".db", fixture(name))

    def changes(self, old, new):
        result = self.report("diff", "--json", old, new)
        return [finding["change"] for finding in parse(result.stdout)["findings"]], result.returncode

    def test_new_gone_and_kept(self):
        changes, status = self.changes("clean.db", "service.db")
        self.assertEqual(set(changes), {"new"})
        self.assertEqual(status, FOUND)
        changes, status = self.changes("service.db", "clean.db")
        self.assertEqual(set(changes), {"gone"})
        self.assertEqual(status, NOTHING_FOUND)
        changes, status = self.changes("service.db", "service.db")
        self.assertEqual(set(changes), {"kept"})
        self.assertEqual(status, INCOMPLETE)

    def test_text(self):
        result = self.report("diff", "dead.db", "service.db")
        self.assertRegex(result.stdout, r"\d+ new, \d+ kept, \d+ gone; exit status 1\n$")
        self.assertIn("refresh_cache (cache.c:77)", result.stdout)

    def test_runs_of_one_file(self):
        self.report("inspect", "-o", "clean.db", fixture("service"))
        changes, _ = self.changes("clean.db@1", "clean.db@2")
        self.assertEqual(set(changes), {"new"})

    def test_a_baseline_does_not_fail(self):
        result = self.report("inspect", "--baseline=service.db", fixture("service"))
        self.assertEqual(result.returncode, INCOMPLETE)
        self.assertIn("known from the baseline", result.stdout)
        result = self.report("inspect", "--baseline=clean.db", fixture("service"))
        self.assertEqual(result.returncode, FOUND)


class Refusals(ReportTest):
    def write(self, name, content):
        with open(self.path(name), "wb") as file:
            file.write(content)
        return name

    def test_targets_that_are_none(self):
        self.write("text", b"hello\n")
        self.write("empty", b"")
        self.write("bytes", bytes(range(256)) * 64)
        os.mkdir(self.path("directory"))
        for target in ("missing", "directory", "text", "empty", "bytes", "/dev/null", "99999999"):
            self.assert_refused(self.report("inspect", target))

    def test_a_report_as_a_target(self):
        self.report("inspect", "-o", "r.db", fixture("clean"))
        self.assert_refused(self.report("inspect", "r.db"), "ctxreport show")

    def test_no_permission(self):
        self.write("secret", b"ctxtrace-snapshot 1\n")
        os.chmod(self.path("secret"), 0)
        os.chmod(self.directory, 0o777)
        # Root may read everything, so it becomes somebody else for this.
        user = {"user": 65534} if os.geteuid() == 0 else {}
        self.assert_refused(self.report("inspect", "secret", **user), "ermission")
        self.assert_refused(self.report("show", "secret", **user), "ermission")
        self.assert_refused(self.report("inspect", "-o", "secret", fixture("clean"), **user),
                            "another user" if user else "ermission")
        os.chmod(self.directory, 0o755)
        self.assert_refused(self.report("inspect", "-o", "r.db", fixture("clean"), **user))

    def test_reports_that_are_none(self):
        self.write("text", b"hello\n")
        self.write("empty", b"")
        os.mkdir(self.path("directory"))
        database = sqlite3.connect(self.path("other.db"))
        database.execute("CREATE TABLE t (x)")
        database.commit()
        database.close()
        for name in ("missing", "directory", "text", "empty", "other.db", "/dev/null"):
            for command in (("show", name), ("export", name), ("diff", name, name),
                            ("inspect", "--baseline", name, fixture("clean"))):
                self.assert_refused(self.report(*command))

    def test_nothing_of_others_is_written_to(self):
        text = self.write("text", b"hello\n")
        database = sqlite3.connect(self.path("other.db"))
        database.execute("CREATE TABLE t (x)")
        database.commit()
        database.close()
        with open(self.path("other.db"), "rb") as file:
            before = file.read()
        os.symlink("target.db", self.path("link.db"))
        os.mkdir(self.path("directory"))
        os.mkfifo(self.path("pipe"))
        for name in (text, "other.db", "link.db", "directory", "pipe", "/dev/full", "none/r.db"):
            self.assert_refused(self.report("inspect", "-o", name, fixture("clean")))
        with open(self.path("text"), "rb") as file:
            self.assertEqual(file.read(), b"hello\n")
        with open(self.path("other.db"), "rb") as file:
            self.assertEqual(file.read(), before)
        self.assertFalse(os.path.exists(self.path("target.db")))

    def test_an_empty_file_becomes_private(self):
        self.write("r.db", b"")
        os.chmod(self.path("r.db"), 0o644)
        self.report("inspect", "-o", "r.db", fixture("clean"))
        self.assert_consistent(self.path("r.db"))

    def test_names_of_any_bytes(self):
        """A path with all that could break a reference: in the report, in JSON, in SARIF."""
        directory = os.fsencode(self.directory) + b'/a b"c%20#?<&>\xff\nx'
        os.mkdir(directory)
        shutil.copy(fixture("service"), directory + b"/p.snapshot")
        result = self.report("inspect", "-o", "r.db", directory + b"/p.snapshot")
        self.assertEqual(result.returncode, FOUND, result.stderr)
        self.assertEqual(self.select(self.path("r.db"), "SELECT target FROM runs"),
                         [(self.directory + '/a b"c%20#?<&>\\xff\\nx/p.snapshot',)])
        result = self.report("inspect", "--json", directory + b"/p.snapshot")
        self.assertEqual(parse(result.stdout)["runs"][0]["target"],
                         self.directory + '/a b"c%20#?<&>\\xff\\nx/p.snapshot')
        database = sqlite3.connect(self.path("r.db"))
        database.execute("UPDATE sites SET file = '/a b/c%20#.c'")
        database.commit()
        database.close()
        sarif = parse(self.report("export", "--format=sarif", "r.db").stdout)
        locations = [location["physicalLocation"]["artifactLocation"]["uri"]
                     for result in sarif["runs"][0]["results"]
                     for location in result["locations"] if "physicalLocation" in location]
        self.assertEqual(set(locations), {"file:///a%20b/c%2520%23.c"})

    def test_a_newer_report(self):
        self.report("inspect", "-o", "r.db", fixture("clean"))
        database = sqlite3.connect(self.path("r.db"))
        database.execute("PRAGMA user_version = 99")
        database.commit()
        database.close()
        self.assert_refused(self.report("show", "r.db"), "version 99")
        self.assert_refused(self.report("inspect", "-o", "r.db", fixture("clean")), "version 99")

    def test_a_report_with_foreign_tables_in_place_of_ours(self):
        self.report("inspect", "-o", "r.db", fixture("clean"))
        shutil.copy(self.path("r.db"), self.path("trigger.db"))
        database = sqlite3.connect(self.path("r.db"))
        database.execute("ALTER TABLE losses RENAME TO hidden")
        database.execute("CREATE VIEW losses AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT "
                         "i + 1 FROM n) SELECT i AS id, i AS run_id, i AS program_id, i AS what, i "
                         "AS why, i AS count FROM n")
        database.commit()
        database.close()
        self.assert_refused(self.report("show", "r.db"), "tables are not those")
        database = sqlite3.connect(self.path("trigger.db"))
        database.execute("CREATE TRIGGER t AFTER INSERT ON runs BEGIN DELETE FROM runs; END")
        database.commit()
        database.close()
        self.assert_refused(self.report("inspect", "-o", "trigger.db", fixture("clean")),
                            "tables are not those")

    def test_a_damaged_report(self):
        self.report("inspect", "-o", "r.db", fixture("service"))
        size = os.path.getsize(self.path("r.db"))
        for length in (50, 4096, size // 2):
            shutil.copy(self.path("r.db"), self.path("cut.db"))
            os.truncate(self.path("cut.db"), length)
            result = self.report("show", "cut.db")
            self.assertEqual(result.returncode, TROUBLE, length)
            self.assertEqual(len(result.stderr.strip().splitlines()), 1, result.stderr)

    def test_control_characters_of_a_report_do_not_reach_the_terminal(self):
        self.report("inspect", "-o", "r.db", fixture("service"))
        database = sqlite3.connect(self.path("r.db"))
        database.execute("UPDATE findings SET sentence = char(27) || ']0;x' || char(7) || char(155)")
        database.execute("UPDATE programs SET command = CAST(x'1b5b324aff' AS TEXT)")
        database.commit()
        database.close()
        for form in ("text", "json"):
            result = subprocess.run([CTXREPORT, "show", "--format", form, self.path("r.db")],
                                    env=self.environment, stdout=subprocess.PIPE, check=False,
                                    timeout=PATIENCE)
            self.assertNotIn(b"\x1b", result.stdout)
            self.assertNotIn(b"\xff", result.stdout)
            self.assertNotIn("\x9b", result.stdout.decode("utf-8"))

    def test_wrong_use(self):
        for arguments in ((), ("unknown",), ("inspect",), ("inspect", "a", "b"), ("show",),
                          ("diff", "a"), ("diff", "a", "b", "c"), ("list", "x"), ("run",),
                          ("inspect", "--fail-on=x", "a"), ("inspect", "--rule=x", "a"),
                          ("inspect", "--min-age=x", "a"), ("inspect", "--max-depth=-1", "a"),
                          ("inspect", "--watch=0", "a"), ("inspect", "--count=3", "a"),
                          ("inspect", "--format=x", "a"), ("inspect", "--max-pause=250", "a"),
                          ("inspect", "--nonsense", "a")):
            result = self.report(*arguments)
            self.assertEqual(result.returncode, TROUBLE, arguments)
            self.assertTrue(result.stderr, arguments)
            self.assertFalse(result.stdout, arguments)

    def test_output_that_cannot_be_written(self):
        for arguments in (("inspect", fixture("service")), ("inspect", "--json", fixture("service")),
                          ("list",)):
            with open("/dev/full", "w", encoding="utf-8") as full:
                result = self.report(*arguments, stdout=full)
            self.assertEqual(result.returncode, TROUBLE)
            self.assertIn("No space left", result.stderr)
        self.assert_refused(self.report("inspect", "--to=/dev/full", fixture("clean")), "No space left")
        self.assert_refused(self.report("inspect", "--to=none/x", fixture("clean")), "none/x")


class FullDisk(ReportTest):
    """A limit on the size of files stands for a full disk: both make a write fail."""

    def inspect_within(self, limit, report):
        def set_limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        return self.report("inspect", "-o", report, fixture("service"), preexec_fn=set_limit)

    def test_a_new_report_leaves_nothing(self):
        for limit in (0, 4096, 40_000):
            self.assert_refused(self.inspect_within(limit, "r.db"))
            self.assertEqual(os.listdir(self.directory), ["segments"])

    def test_an_old_report_stays_as_it_was(self):
        self.report("inspect", "-o", "r.db", fixture("service"))
        limit = os.path.getsize(self.path("r.db"))
        # The first ones may fit into what is free in the file's pages.
        for _ in range(20):
            before = self.report("show", "--json", "r.db").stdout
            result = self.inspect_within(limit, "r.db")
            if result.returncode != FOUND:
                break
        self.assert_refused(result, "r.db")
        self.assertEqual(self.report("show", "--json", "r.db").stdout, before)
        self.assert_consistent(self.path("r.db"))


class List(ReportTest):
    def test_json(self):
        result = self.report("list", "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIsInstance(parse(result.stdout)["targets"], list)

    def test_help_and_version_everywhere(self):
        for command in ((), ("run",), ("inspect",), ("show",), ("diff",), ("export",), ("list",)):
            result = self.report(*command, "--help")
            self.assertEqual(result.returncode, 0)
            self.assertIn("Usage: ctxreport", result.stdout)
            result = self.report(*command, "--version")
            self.assertEqual(result.returncode, 0)
            self.assertRegex(result.stdout, r"^ctxreport \d+\.\d+\.\d+$")


class Documentation(ReportTest):
    """What docs/ says of the report is so."""

    def setUp(self):
        super().setUp()
        self.docs = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../docs")

    def read(self, name):
        with open(os.path.join(self.docs, name), encoding="utf-8") as file:
            return file.read()

    def test_the_questions_can_be_asked(self):
        for name in ("clean", "service", "dead"):
            self.report("inspect", "-o", "r.db", fixture(name))
        questions = re.findall(r"```sql\n(.*?)```", self.read("schema.md"), re.DOTALL)
        self.assertGreater(len(questions), 3)
        for question in questions:
            self.assertTrue(self.select(self.path("r.db"), question), question)

    def test_all_tables_and_views_are_described(self):
        self.report("inspect", "-o", "r.db", fixture("clean"))
        text = self.read("schema.md")
        for (name,) in self.select(self.path("r.db"), "SELECT name FROM sqlite_schema WHERE type "
                                   "IN ('table', 'view')"):
            self.assertIn(f"`{name}`", text)

    def test_all_options_are_in_the_manual(self):
        manual = self.read("man/ctxreport.1").replace("\\-", "-")
        for command in ("run", "inspect", "show", "diff", "export", "list"):
            for option in re.findall(r"--[a-z-]+", self.report(command, "--help").stdout):
                if option not in ("--help", "--usage", "--version"):
                    self.assertIn(option, manual)


if __name__ == "__main__":
    unittest.main()
