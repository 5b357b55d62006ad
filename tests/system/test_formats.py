#!/usr/bin/env python3
"""Formats for other tools, read by tools that are not ours: GitHub's and GitLab's, JUnit XML, folded
stacks, profiles, SARIF with a source root.

What a machine does not have (go, junitparser, jsonschema) is left out, and said as skipped.
"""

import collections
import gzip
import importlib.util
import os
import re
import shutil
import sqlite3
import subprocess
import unittest
import xml.etree.ElementTree

from ctxreport_test import FOUND, ReportTest, fixture, parse

FINDINGS = 5  # of the fixture: three proved, two likely


def has(module):
    return importlib.util.find_spec(module) is not None


class FormatTest(ReportTest):
    def setUp(self):
        super().setUp()
        for name in ("GITHUB_WORKSPACE", "GITHUB_STEP_SUMMARY", "CI_PROJECT_DIR"):
            self.environment.pop(name, None)

    def printed(self, form, *options, name="service"):
        result = self.report("inspect", f"--format={form}", *options, fixture(name))
        self.assertEqual(result.stderr, "")
        return result.stdout

    def report_with(self, sql):
        """A report of the fixture that something was done to."""
        self.report("inspect", "--no-suppressions", "-o", "r.db", fixture("service"))
        database = sqlite3.connect(self.path("r.db"))
        database.execute("PRAGMA foreign_keys = OFF")
        database.executescript(sql)
        database.close()
        return "r.db"

    def write_suppressions(self, text):
        with open(self.path(".ctxtrace-suppressions"), "w", encoding="ascii") as file:
            file.write(text)


class GitHub(FormatTest):
    """Read as the runner reads it: commands are lines `::name properties::data`, with %25, %0D and
    %0A in both, and %3A and %2C in properties as well."""

    def commands(self, text):
        def decoded(value, codes):
            for code, character in codes + [("%25", "%")]:
                value = value.replace(code, character)
            return value
        lines = [("%0D", "\r"), ("%0A", "\n")]
        for line in text.splitlines():
            match = re.fullmatch(r"::(\w+)(?: (.*?))?::(.*)", line)
            if match:
                properties = dict(item.split("=", 1) for item in match[2].split(","))
                yield (match[1], {key: decoded(value, lines + [("%3A", ":"), ("%2C", ",")])
                                  for key, value in properties.items()}, decoded(match[3], lines))

    def test_annotations(self):
        text = self.printed("github")
        commands = list(self.commands(text))
        self.assertEqual([command[0] for command in commands], ["error"] * 3 + ["warning"] * 2)
        _, properties, data = commands[1]
        self.assertEqual((properties["file"], properties["line"]), ("cache.c", "77"))
        self.assertIn("2 contexts created in refresh_cache (cache.c:77)", data)
        self.assertIn("[lost-cancel, proved, high, in orders]", data.splitlines()[-1])
        self.assertEqual(text.splitlines()[-1], "ctxreport: 5 findings (3 proved, 2 likely), "
                         "incomplete; exit status 1")

    def test_what_would_be_a_command_is_none(self):
        report = self.report_with("UPDATE findings SET sentence = '100% ::error::x'; UPDATE sites "
                                  "SET file = '/a,b/c:d%2C.c'; UPDATE rules SET title = 'a,b::c'")
        commands = list(self.commands(self.report("show", "--format=github", report).stdout))
        self.assertEqual(len(commands), FINDINGS)
        for _, properties, data in commands:
            self.assertEqual(properties["file"], "/a,b/c:d%2C.c")
            self.assertEqual(properties["title"], "a,b::c")
            self.assertEqual(data.splitlines()[0], "100% ::error::x")

    def test_paths_are_those_of_the_repository(self):
        report = self.report_with("UPDATE sites SET file = '/home/me/app/src/' || file")
        for options, variables, expected in (
                ((), {}, "/home/me/app/src/cache.c"),
                (("--source-root=/home/me/app",), {}, "src/cache.c"),
                ((), {"GITHUB_WORKSPACE": "/home/me"}, "app/src/cache.c"),
                (("--source-root=/home",), {"GITHUB_WORKSPACE": "/home/me"}, "me/app/src/cache.c")):
            shown = self.report("show", "--format=github", *options, report,
                                env=dict(self.environment, **variables)).stdout
            self.assertIn(f"file={expected},", shown)

    def test_neither_known_nor_suppressed_ones_are_annotated(self):
        self.write_suppressions("deadlock:transfer\n")
        text = self.report("show", "--format=github",
                           self.report_with("UPDATE findings SET known = rule = 'lost-cancel'"))
        self.assertEqual(len(list(self.commands(text.stdout))), FINDINGS - 2)
        self.assertIn("1 known, 1 suppressed", text.stdout)

    def test_the_summary_of_the_job(self):
        summary = self.path("summary.md")
        with open(summary, "w", encoding="ascii") as file:
            file.write("before\n")
        environment = dict(self.environment, GITHUB_STEP_SUMMARY=summary)
        result = self.report("inspect", "--format=github", "--job-summary", fixture("service"),
                             env=environment)
        self.assertEqual(result.returncode, FOUND)
        with open(summary, encoding="utf-8") as file:
            lines = file.read().splitlines()
        self.assertEqual(lines[:2], ["before", "### ctxreport: 5 findings (3 proved, 2 likely), "
                                     "incomplete"])
        rows = [line for line in lines if line.startswith("| ")]
        self.assertEqual([row.count(" | ") for row in rows], [3] * (FINDINGS + 2))
        result = self.report("inspect", "--job-summary", fixture("service"))
        self.assertEqual(result.returncode, 2)
        self.assertIn("GITHUB_STEP_SUMMARY", result.stderr)

    def test_markdown_is_text_only(self):
        report = self.report_with("UPDATE findings SET sentence = '<b>|[x](y) @me `a` *b* #1'")
        shown = self.report("show", "--format=markdown", report).stdout
        row = shown.splitlines()[-1]
        self.assertEqual(row.count("|"), 5)
        self.assertNotRegex(row.replace("<br>", ""), r"[<>`*\[@]")


class GitLab(FormatTest):
    SCHEMA = {
        "type": "array",
        "items": {
            "type": "object",
            "required": ["description", "check_name", "fingerprint", "severity", "location"],
            "properties": {
                "description": {"type": "string", "minLength": 1},
                "check_name": {"type": "string", "minLength": 1},
                "fingerprint": {"type": "string", "minLength": 1},
                "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
                "location": {
                    "type": "object", "required": ["path", "lines"],
                    "properties": {
                        "path": {"type": "string", "pattern": r"^[^.]"},
                        "lines": {"type": "object", "required": ["begin"],
                                  "properties": {"begin": {"type": "integer", "minimum": 1}}}}}}}}

    @unittest.skipUnless(has("jsonschema"), "needs jsonschema")
    def test_it_keeps_to_the_schema(self):
        import jsonschema  # pylint: disable=import-outside-toplevel
        for name in ("service", "clean", "dead"):
            jsonschema.validate(parse(self.printed("gitlab", name=name)), self.SCHEMA)
        jsonschema.validate(parse(self.report("show", "--format=gitlab", self.report_with(
            "UPDATE findings SET site_id = NULL")).stdout), self.SCHEMA)

    def test_issues(self):
        issues = parse(self.printed("gitlab"))
        self.assertEqual([issue["severity"] for issue in issues],
                         ["blocker", "critical", "critical", "major", "info"])
        self.assertEqual((issues[1]["check_name"], issues[1]["location"]),
                         ("lost-cancel", {"path": "cache.c", "lines": {"begin": 77}}))
        self.assertEqual(parse(self.printed("gitlab", name="clean")), [])

    def test_equal_fingerprints_are_numbered(self):
        """GitLab shows one of those that are equal."""
        report = self.report_with("UPDATE findings SET fingerprint = 'f'")
        issues = parse(self.report("show", "--format=gitlab", report).stdout)
        self.assertEqual([issue["fingerprint"] for issue in issues],
                         ["f", "f-2", "f-3", "f-4", "f-5"])


class JUnit(FormatTest):
    def cases(self, text):
        """How each case ended, and the numbers that each suite claims, which have to be right."""
        root = xml.etree.ElementTree.fromstring(text)
        self.assertEqual(root.tag, "testsuites")
        ends = []
        for suite in root:
            found = [[child.tag for child in case] for case in suite]
            self.assertEqual([suite.get(name) for name in ("tests", "failures", "errors",
                                                           "skipped")],
                             [str(len(found))] + [str(found.count([tag])) for tag in (
                                 "failure", "error", "skipped")])
            ends += [case[0] if case else "passed" for case in found]
        return ends

    def test_failures_are_those_of_the_exit_status(self):
        self.assertEqual(self.cases(self.printed("junit")),
                         ["failure"] * 3 + ["skipped"] * 2 + ["error"])
        self.assertEqual(self.cases(self.printed("junit", "--fail-on=likely")),
                         ["failure"] * 5 + ["error"])
        self.assertEqual(self.cases(self.printed("junit", "--fail-on=critical")),
                         ["failure"] + ["skipped"] * 4 + ["error"])
        self.assertEqual(self.cases(self.printed("junit", name="clean")), ["passed"])

    def test_what_was_accepted_is_skipped(self):
        self.write_suppressions("{\n  rule:deadlock\n  reason:by <design>\n}\n")
        text = self.report("show", "--format=junit", self.report_with(
            "UPDATE findings SET known = rule = 'lost-cancel'")).stdout
        self.assertEqual(self.cases(text).count("failure"), 1)
        messages = [case[0].get("message") for suite in xml.etree.ElementTree.fromstring(text)
                    for case in suite if case[0].tag == "skipped"]
        self.assertEqual(messages[0], "suppressed: by <design>")
        self.assertTrue(messages[1].startswith("known from the baseline: 2 contexts"))

    @unittest.skipUnless(has("junitparser"), "needs junitparser")
    def test_a_parser_of_others_reads_it(self):
        import junitparser  # pylint: disable=import-outside-toplevel
        path = self.path("junit.xml")
        self.report("inspect", "--format=junit", f"--to={path}", fixture("service"))
        suites = list(junitparser.JUnitXml.fromfile(path))
        self.assertEqual([(suite.tests, suite.failures, suite.errors, suite.skipped)
                          for suite in suites], [(5, 3, 0, 2), (1, 0, 1, 0)])
        case = list(suites[0])[1]
        self.assertEqual((case.classname, case.name[:13]), ("lost-cancel", "refresh_cache"))


class Folded(FormatTest):
    # As flamegraph.pl and inferno take it: frames with semicolons between, one space, a count.
    LINE = re.compile(r"^(\S.*?) (\d+)$")

    def sums(self, text):
        sums = collections.Counter()
        for line in text.splitlines():
            stack, count = self.LINE.match(line).groups()
            sums[stack.split(";")[0]] += int(count)
        return dict(sums)

    def test_all_are_there(self):
        text = self.printed("folded")
        self.report("inspect", "-o", "r.db", fixture("service"))
        [(tasks, contexts)] = self.select(self.path("r.db"), """
            SELECT (SELECT count(*) FROM tasks WHERE NOT system AND state <> 'exited'),
                   (SELECT count(*) FROM contexts WHERE state = 'open' AND kind NOT IN
                    ('background', 'todo'))""")
        self.assertEqual(self.sums(text), {"tasks": tasks, "contexts": contexts})
        self.assertIn("\ntasks;audit_main;send_result;send 1\n", text)
        self.assertIn("\ncontexts;serve;handle_request;refresh_cache;cancel 2\n", text)
        self.assertEqual(self.report("show", "--format=folded", "r.db").stdout, text)

    def test_a_semicolon_is_no_frame(self):
        report = self.report_with("UPDATE frames SET function = 'a;b c'; DELETE FROM contexts")
        text = self.report("show", "--format=folded", report).stdout
        self.assertNotIn("a;b", text)
        self.assertIn("a:b c;a:b c;", text)
        self.sums(text)


@unittest.skipUnless(shutil.which("go"), "needs go")
class Profile(FormatTest):
    def pprof(self, *arguments):
        self.report("inspect", "--format=pprof", f"--to={self.path('p.pb.gz')}",
                    fixture("service"))
        result = subprocess.run(["go", "tool", "pprof", *arguments, self.path("p.pb.gz")],
                                capture_output=True, text=True, check=True,
                                env=dict(self.environment, PPROF_TMPDIR=self.directory))
        return result.stdout

    def top(self, text):
        """Flat and cumulative values by function."""
        rows = re.findall(r"^ *(\S+) +\S+% +\S+% +(\S+) +\S+% +(\S.*)$", text, re.M)
        return {name: (flat, total) for flat, total, name in rows}

    def test_tasks(self):
        text = self.pprof("-top")
        self.assertIn("Type: tasks", text)
        self.assertIn("100% of 9 total", text)
        top = self.top(text)
        self.assertEqual(top["serve"], ("0", "3"))
        self.assertEqual(top["transfer"], ("1", "1"))
        self.assertEqual(top["[no stack]"], ("2", "2"))
        self.assertIn("fetch_context (inline)", top)

    def test_contexts_and_waits(self):
        top = self.top(self.pprof("-sample_index=contexts", "-top"))
        self.assertEqual(top["refresh_cache"], ("2", "2"))
        self.assertEqual(top["serve"], ("2", "9"))
        self.assertEqual(self.top(self.pprof("-sample_index=waited", "-top"))["send_result"],
                         ("59s", "59s"))

    def test_callers_and_lines(self):
        peek = self.pprof("-sample_index=waited", "-peek=^handle_request$")
        self.assertRegex(peek, r"\| +serve\n.*handle_request\n")
        self.assertRegex(peek, r"9\.50s \S+ \| +wait_for_reply")
        lines = self.pprof("-sample_index=contexts", "-lines", "-top")
        self.assertIn("refresh_cache cache.c:77", lines)

    def test_labels(self):
        self.assertRegex(self.pprof("-tags"), r"doing: Total 9 of 9[^:]*\n.*2 \(22\.22%\): lock")
        top = self.top(self.pprof("-tagfocus=doing=lock", "-top"))
        self.assertEqual(set(top), {"transfer", "audit_accounts", "account_main"})

    def test_difference(self):
        """As people look for leaks: one profile minus another."""
        base = self.path("base.pb.gz")
        self.report("inspect", "--format=pprof", f"--to={base}", fixture("clean"))
        text = self.pprof("-sample_index=contexts", "-top", f"-base={base}")
        self.assertEqual(self.top(text)["refresh_cache"], ("2", "2"))

    def test_a_terminal_gets_none(self):
        leader, follower = os.openpty()
        self.addCleanup(os.close, leader)
        result = self.report("inspect", "--format=pprof", fixture("service"), stdout=follower)
        os.close(follower)
        self.assertEqual(result.returncode, 2)
        self.assertIn("name a file with --to", result.stderr)


class Compressed(FormatTest):
    def test_a_profile_is_gzip(self):
        """Also where there is no go: what it is packed in, and that all of it is there."""
        path = self.path("p.pb.gz")
        self.report("inspect", "--format=pprof", f"--to={path}", fixture("service"))
        with gzip.open(path) as file:
            content = file.read()
        for text in (b"refresh_cache", b"nanoseconds", b"contexts", b"cache.c"):
            self.assertIn(text, content)


class Sarif(FormatTest):
    def runs(self, *arguments):
        return parse(self.report(*arguments).stdout)["runs"]

    def uri_of(self, run, rule):
        [result] = [result for result in run["results"] if result["ruleId"] == rule]
        return result["locations"][0]["physicalLocation"]["artifactLocation"]

    def test_paths_below_the_source_root(self):
        report = self.report_with("UPDATE sites SET file = '/home/me/a b/' || file")
        [run] = self.runs("show", "--format=sarif", "--source-root=/home/me/a b", report)
        self.assertEqual(run["originalUriBaseIds"], {"SRCROOT": {"uri": "file:///home/me/a%20b/"}})
        self.assertEqual(self.uri_of(run, "lost-cancel"),
                         {"uri": "cache.c", "uriBaseId": "SRCROOT"})
        [run] = self.runs("show", "--format=sarif", "--source-root=/elsewhere", report)
        self.assertEqual(self.uri_of(run, "lost-cancel"),
                         {"uri": "file:///home/me/a%20b/cache.c"})
        [run] = self.runs("show", "--format=sarif", report)
        self.assertNotIn("originalUriBaseIds", run)

    def test_a_root_can_be_relative(self):
        os.mkdir(self.path("src"))
        [run] = self.runs("inspect", "--format=sarif", "--source-root=src", fixture("service"))
        self.assertEqual(run["originalUriBaseIds"]["SRCROOT"]["uri"],
                         "file://" + os.path.realpath(self.path("src")) + "/")
        self.assertEqual(self.report("inspect", "--source-root=no", fixture("clean")).returncode, 2)

    def test_files_of_the_system_are_not_the_repositorys(self):
        report = self.report_with("UPDATE frames SET file = './nptl/x.c', module = "
                                  "'/lib/x86_64-linux-gnu/libc.so.6' WHERE position > 0")
        [run] = self.runs("show", "--format=sarif", report)
        locations = [frame["location"] for result in run["results"] for stack in result["stacks"]
                     for frame in stack["frames"]]
        with_file = [place for place in locations if "physicalLocation" in place]
        self.assertTrue(with_file and len(with_file) < len(locations))
        self.assertNotIn("nptl", str(locations))

    def test_an_incomplete_run_was_no_successful_one(self):
        [run] = self.runs("inspect", "--format=sarif", fixture("service"))
        [invocation] = run["invocations"]
        self.assertIs(invocation["executionSuccessful"], False)
        [notification] = invocation["toolExecutionNotifications"]
        self.assertEqual(notification["message"]["text"],
                         "missing: 1532 events (they were written over by newer ones)")
        [run] = self.runs("inspect", "--format=sarif", fixture("clean"))
        self.assertEqual(run["invocations"], [{"executionSuccessful": True,
                                               "toolExecutionNotifications": []}])


if __name__ == "__main__":
    unittest.main(verbosity=2)
