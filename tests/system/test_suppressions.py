#!/usr/bin/env python3
"""Findings that the user does not want to be told of: by run, inspect, show and diff alike."""

import os
import shutil
import unittest

from ctxreport_test import (FOUND, INCOMPLETE, NOTHING_FOUND, PROGRAMS, ReportTest, fixture, parse)

SANITIZED = bool(os.environ.get("CTXTRACE_SANITIZE"))
NAME = ".ctxtrace-suppressions"

GO = r"""
package main

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"time"
)

type T struct{}
type LongT struct{}

func (t *T) wait(c chan int)     { <-c }
func (t *LongT) wait(c chan int) { <-c }
func generic[V any](c chan V)    { <-c }

func main() {
	go (&T{}).wait(make(chan int))
	go (&LongT{}).wait(make(chan int))
	go generic(make(chan int))
	time.Sleep(100 * time.Millisecond)
	runtime.GC()
	fmt.Println("ready")
	bufio.NewReader(os.Stdin).ReadString('\n')
}
"""


# Ends a program when it has done what was planted; what it would do afterwards is clean up.
KILLED_WHEN_READY = """
mkfifo in out; "$0" <in >out & exec 3>in; read ready <out; kill -9 $!; wait; rm in out
"""


class Suppressions(ReportTest):
    def write(self, text, name=NAME):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        return self.path(name)

    def findings(self, result):
        """Each rule of what was found, and by which line it was suppressed."""
        [run] = parse(result.stdout)["runs"]
        return {finding["rule"]: finding["suppressed_by"]
                for program in run["programs"] for finding in program["findings"]}

    def assert_last_line(self, text, *words):
        last = text.splitlines()[-1]
        self.assertTrue(last.startswith("ctxreport: "), last)
        for word in words:
            self.assertIn(word, last)

    def test_the_nearest_file_counts(self):
        path = self.write("deadlock:transfer\n")
        os.mkdir(self.path("below"))
        result = self.report("inspect", "--json", fixture("service"), cwd=self.path("below"))
        found = self.findings(result)
        self.assertEqual(found["deadlock"], f"{path}:1")
        self.assertEqual(set(found.values()), {None, f"{path}:1"})
        for options in (("--no-suppressions",), ("--suppressions=/dev/null",)):
            found = self.findings(self.report("inspect", "--json", *options, fixture("service")))
            self.assertEqual(set(found.values()), {None})

    def test_what_is_generated_suppresses_all(self):
        made = self.report("inspect", "--gen-suppressions", fixture("service"))
        self.assertEqual(made.returncode, FOUND)
        self.write(made.stdout)
        result = self.report("inspect", fixture("service"))
        # The recording of this fixture is incomplete, which is not to be suppressed.
        self.assertEqual(result.returncode, INCOMPLETE)
        self.assert_last_line(result.stdout, "0 findings, 5 suppressed, incomplete")
        self.assertNotIn("matched nothing", result.stdout)
        again = self.report("inspect", "--gen-suppressions", fixture("service"))
        self.assertEqual(again.stdout, "")

    def test_reports_keep_what_was_suppressed(self):
        self.write("deadlock:transfer\n")
        printed = self.report("inspect", "-o", "r.db", fixture("service"))
        os.unlink(self.path(NAME))
        self.assertEqual(self.report("show", "r.db").stdout, printed.stdout)
        self.assertIn(f"suppressed: 1 finding by {self.path(NAME)}:1 (deadlock:transfer)",
                      printed.stdout)
        self.assertEqual(self.select(self.path("r.db"), "SELECT rule, suppressed_by FROM "
                                     "finding_summary WHERE suppressed_by IS NOT NULL"),
                         [("deadlock", self.path(NAME) + ":1")])
        self.assert_consistent(self.path("r.db"))

    def test_show_suppresses_without_touching_the_report(self):
        self.report("inspect", "-o", "r.db", fixture("service"))
        with open(self.path("r.db"), "rb") as file:
            before = file.read()
        self.write("lost-cancel:refresh_cache\n*:transfer\n")
        result = self.report("show", "r.db")
        self.assert_last_line(result.stdout, "3 findings", "2 suppressed")
        found = self.findings(self.report("show", "--json", "r.db"))
        self.assertEqual({rule for rule, by in found.items() if by}, {"lost-cancel", "deadlock"})
        sarif = parse(self.report("export", "--format=sarif", "r.db").stdout)["runs"][0]["results"]
        self.assertEqual({result["ruleId"] for result in sarif if result.get("suppressions")},
                         {"lost-cancel", "deadlock"})
        with open(self.path("r.db"), "rb") as file:
            self.assertEqual(file.read(), before)
        self.assertEqual(self.select(self.path("r.db"), "SELECT * FROM suppressions"), [])

    def test_diff_knows_neither_new_nor_gone(self):
        self.report("inspect", "-o", "old.db", fixture("clean"))
        self.report("inspect", "-o", "new.db", fixture("service"))
        self.assertEqual(self.report("diff", "old.db", "new.db").returncode, FOUND)
        self.write(self.report("inspect", "--gen-suppressions", fixture("service")).stdout)
        result = self.report("diff", "old.db", "new.db")
        self.assertEqual(result.returncode, INCOMPLETE)
        self.assert_last_line(result.stdout, "0 new, 0 kept, 0 gone, 5 suppressed")
        self.assertEqual(len(result.stdout.splitlines()), 1)
        result = parse(self.report("diff", "--json", "old.db", "new.db").stdout)
        self.assertEqual({item["change"] for item in result["findings"]}, {"suppressed"})
        self.assertEqual([item["matched"] for item in result["suppressions"]], [1] * 5)
        # Of the older one nothing is said.
        result = parse(self.report("diff", "--json", "new.db", "old.db").stdout)
        self.assertEqual(result["findings"], [])

    def test_a_baseline_excuses_nothing_that_was_suppressed(self):
        self.write("deadlock:transfer\n")
        self.report("inspect", "-o", "base.db", fixture("service"))
        os.unlink(self.path(NAME))
        result = self.report("inspect", "--baseline=base.db", "--json", fixture("service"))
        [run] = parse(result.stdout)["runs"]
        self.assertEqual({finding["rule"] for finding in run["programs"][0]["findings"]
                          if not finding["known"]}, {"deadlock"})
        self.assertEqual(result.returncode, FOUND)

    def test_useless_ones_are_said(self):
        self.write("lost-cancel:nobody\n{\n  rule:deadlock\n  until:2020-01-31\n}\n"
                   "{\n  rule:deadlock\n  until:9999-12-31\n}\n")
        text = self.report("inspect", fixture("service")).stdout
        self.assertIn(":1: the suppression lost-cancel:nobody matched nothing.", text)
        self.assertIn(":2: the suppression rule:deadlock expired after 2020-01-31; it would match "
                      "1 finding.", text)
        self.assertIn(":6 (rule:deadlock)", text)
        self.assertEqual(text.count("the suppression"), 2)
        run = parse(self.report("inspect", "--json", fixture("service")).stdout)["runs"][0]
        self.assertEqual([(item["line"], item["expired"], item["matched"])
                          for item in run["suppressions"]],
                         [(1, False, 0), (2, True, 1), (6, False, 1)])

    def test_a_bad_line_is_one_sentence(self):
        path = self.write("{\n  rule:deadlock\n  fan:transfer\n}\n")
        self.report("inspect", "--no-suppressions", "-o", "r.db", fixture("service"))
        for command in (("inspect", fixture("service")), ("run", "--", "touch", "ran"),
                        ("show", "r.db"), ("diff", "r.db", "r.db"),
                        ("show", f"--suppressions={path}", "r.db")):
            self.assert_refused(self.report(*command), f"{path}:3: ", "no key 'fan'")
        self.assertFalse(os.path.exists(self.path("ran")))
        self.assert_refused(self.report("show", "--suppressions=none", "r.db"), "cannot be read")

    def test_exit_codes_and_severities(self):
        def status(*options):
            return self.report("inspect", *options, fixture("service")).returncode
        self.assertEqual(status("--exit-code=42"), 42)
        self.assertEqual(status("--exit-code=42", "--fail-on=critical"), 42)
        self.assertEqual(status("--fail-on=critical", "--rule=lost-cancel"), INCOMPLETE)
        self.assertEqual(status("--fail-on=high", "--rule=lost-cancel"), FOUND)
        self.assertEqual(status("--fail-on=likely,low", "--rule=inverted-deadline"), FOUND)
        self.assertEqual(status("--fail-on=likely,medium", "--rule=inverted-deadline"), INCOMPLETE)
        for options in (("--exit-code=0",), ("--exit-code=256",), ("--exit-code=x",),
                        ("--fail-on=severe",)):
            self.assertEqual(status(*options), 2)

    def test_quiet(self):
        result = self.report("inspect", "--quiet", fixture("clean"))
        self.assertEqual((result.returncode, result.stdout, result.stderr), (NOTHING_FOUND, "", ""))
        self.assertTrue(self.report("inspect", "--quiet", fixture("service")).stdout)
        # An incomplete recording is something to tell; a machine gets its document in any case.
        only = ("--rule=born-expired",)
        self.assertIn("that is not all",
                      self.report("inspect", "--quiet", *only, fixture("service")).stdout)
        parse(self.report("inspect", "--quiet", "--json", fixture("clean")).stdout)
        self.report("inspect", "-o", "r.db", fixture("service"))
        self.assertEqual(self.report("diff", "--quiet", "r.db", "r.db").stdout, "")

    @unittest.skipIf(SANITIZED or not PROGRAMS, "needs programs that run outside of a sanitizer")
    def test_run(self):
        killed = ("sh", "-c", KILLED_WHEN_READY, os.path.join(PROGRAMS, "lost_cancel_planted"))
        found = self.report("run", "--gen-suppressions", f"--to={self.path(NAME)}", "--", *killed)
        self.assertEqual(found.returncode, FOUND, found.stderr)
        clean = self.report("run", "--", *killed)
        self.assertEqual(clean.returncode, NOTHING_FOUND, clean.stderr)
        self.assertIn("Nothing found but what is suppressed.", clean.stderr)
        quiet = self.report("run", "--quiet", "--", *killed)
        self.assertEqual(quiet.returncode, NOTHING_FOUND)
        self.assertNotIn("ctxreport:", quiet.stderr)
        self.assertEqual(self.report("run", "--no-suppressions", "--exit-code=9", "--",
                                     *killed).returncode, 9)
        self.assertEqual(self.report("run", "--exit-code=9", "--", "sh", "-c",
                                     "exit 5").returncode, 5)

    def test_go(self):
        if not shutil.which("go"):
            self.skipTest("needs go")
        with open(self.path("leaks.go"), "w", encoding="ascii") as file:
            file.write(GO)
        process = self.start_ready(self.build_go(self.path("leaks.go")))
        command = ("inspect", "--json", "--min-age=0s", str(process.pid))
        # A method is not that of a type whose name only ends so, and brackets are not a glob.
        self.write("{\n  fun:main.(\\*T).wait\n}\n")
        runs = parse(self.report(*command).stdout)["runs"]
        found = {finding["function"]: bool(finding["suppressed_by"])
                 for finding in runs[0]["programs"][0]["findings"]}
        self.assertEqual(found, {"main.(*T).wait": True, "main.(*LongT).wait": False,
                                 "main.generic[...]": False})
        os.unlink(self.path(NAME))
        made = self.report("inspect", "--min-age=0s", "--gen-suppressions", str(process.pid))
        self.write(made.stdout)
        self.assertEqual(self.report(*command).returncode, NOTHING_FOUND)
        for line, suppressed in (("pkg:main", 3), ("pkg:mai", 0), ("fun:main.generic\\[...]", 1)):
            self.write("{\n  " + line + "\n}\n")
            self.assertEqual(sum(bool(by) for by in self.all_suppressed(command)), suppressed, line)

    def all_suppressed(self, command):
        [run] = parse(self.report(*command).stdout)["runs"]
        return [finding["suppressed_by"] for finding in run["programs"][0]["findings"]]


if __name__ == "__main__":
    unittest.main(verbosity=2)
