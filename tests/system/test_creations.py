#!/usr/bin/env python3
"""Where things in a Go program were created, and by whom, as far as the program keeps that."""

import os
import re
import resource
import shutil
import signal
import subprocess
import unittest

from ctxreport_test import FOUND, PATIENCE, ReportTest, parse

PROGRAMS = os.environ["CTXTRACE_GO_PROGRAMS"]
CTXTOP = os.environ["CTXTOP"]
SOURCE = os.path.join(PROGRAMS, "sampled.go")
INSPECT = ("inspect", "--max-pause=10s", "--min-age=0s")


def line_of(text):
    with open(SOURCE, encoding="utf-8") as file:
        return 1 + [line.strip() for line in file].index(text)


COUNT = 50
KNOWN = 8 * COUNT + 2 * 3 + 2  # with the three that were lost and sampled, and two of main
LOST_AT = f"main.loses (sampled.go:{line_of('context.WithCancel(ctx)')})"


def set_core_limit():
    resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


@unittest.skipUnless(shutil.which("go"), "there is no `go` to build the programs with")
class CreationsTest(ReportTest):
    def start(self, rate, **keywords):
        return self.start_ready(self.build_go(SOURCE), self.directory, f"{rate}:{COUNT}", **keywords)

    def program_in(self, result):
        self.assertEqual(result.returncode, FOUND, result.stderr)
        return parse(result.stdout)["runs"][0]["programs"][0]

    def lost(self, program):
        [finding] = [it for it in program["findings"] if it["rule"] == "lost-cancel"]
        self.assertEqual((finding["confidence"], finding["count"]), ("proved", 5))
        return finding

    def check_sampled(self, target):
        """Three of five are known, and the sentence and the evidence say that of no others."""
        path = self.path("r.db")
        finding = self.lost(self.program_in(self.report(*INSPECT, "--json", "-o", path, target)))
        self.assertTrue(finding["sentence"].startswith(
            f"5 contexts created in {LOST_AT} (known of 3 of 5) below "), finding["sentence"])
        self.assertEqual([(stack["label"], stack["count"]) for stack in finding["stacks"]
                          if stack["label"] == "created"], [("created", 3)])
        self.assertEqual(self.select(path, "SELECT kind = 'background', creation_sampled, count(*),"
                                     " count(creation_stack_id) FROM contexts GROUP BY 1, 2"),
                         [(0, 0, 2 * 2, 0), (0, 1, KNOWN, KNOWN), (1, 0, 1, 0)])
        os.unlink(path)
        return finding["fingerprint"]

    def test_of_a_live_program_and_its_core(self):
        process = self.start(1, cwd=self.directory, preexec_fn=set_core_limit,
                             env=dict(os.environ, GOTRACEBACK="crash"), stderr=subprocess.DEVNULL)
        self.check_sampled(str(process.pid))
        process.send_signal(signal.SIGABRT)
        process.wait(PATIENCE)
        cores = [name for name in os.listdir(self.directory) if name.startswith("core")]
        if not cores:
            self.skipTest("this machine writes no core files")
        self.check_sampled(self.path(cores[0]))

    def test_what_was_sampled_is_no_part_of_a_fingerprint(self):
        sampled = self.check_sampled(str(self.start(1).pid))
        finding = self.lost(self.program_in(self.report(*INSPECT, "--json",
                                                        str(self.start(0).pid))))
        self.assertEqual(finding["fingerprint"], sampled)
        self.assertNotIn("created in", finding["sentence"])

    def test_as_text(self):
        result = self.report(*INSPECT, "-o", "r.db", str(self.start(1).pid))
        self.assertEqual(result.returncode, FOUND, result.stderr)
        self.assertRegex(result.stdout, r"created  \(3 of 5\):\n(?:  .*\n)* *> main\.loses ")
        shown = self.report("show", "r.db").stdout
        self.assertIn(LOST_AT, " ".join(shown.split()))
        rows = self.select(self.path("r.db"), "SELECT created_at FROM context_tree"
                           " WHERE context LIKE '%cancels%'")
        self.assertEqual(len(rows), COUNT)
        self.assertTrue(all(re.match(r"main\.cancels  .*sampled\.go:\d+$", row[0]) for row in rows))

    def test_on_a_live_screen(self):
        """Without proofs nothing is stopped, and the same is known."""
        process = self.start(1)
        seen = subprocess.run([CTXTOP, "--json", str(process.pid)], env=self.environment, text=True,
                              capture_output=True, check=True, timeout=PATIENCE)
        sample = parse(seen.stdout)
        known = [it for it in sample["contexts"] if "created_at" in it]
        self.assertTrue(all(it["creation_sampled"] for it in known))
        self.assertEqual(len(known), KNOWN)
        channel = [it for it in sample["objects"] if it["kind"] == "channel"]
        self.assertEqual([it["created_at"].split()[0] for it in channel], ["main.channels"])
        self.assertTrue(channel[0]["creation_sampled"])


@unittest.skipUnless(shutil.which("go"), "there is no `go` to build the programs with")
class AncestorsTest(ReportTest):
    def start(self, kept):
        return self.start_ready(self.build_go(os.path.join(PROGRAMS, "ancestors.go")),
                                env=dict(os.environ, GODEBUG=f"tracebackancestors={kept}"))

    def test_of_a_leak(self):
        """The chain of those that created it is in the report; the first is evidence."""
        path = self.path("r.db")
        result = self.report(*INSPECT, "-o", path, str(self.start(10).pid))
        self.assertEqual(result.returncode, FOUND, result.stderr)
        self.assertRegex(result.stdout, r"task created  \(3 of 3\):\n *> main\.startLeaf .*\n"
                         r" *main\.middle ")
        exported = parse(self.report("export", "--format=json", path).stdout)
        [program] = exported["runs"][0]["programs"]
        frames = {(it["stack_id"], it["position"]): it["function"] for it in program["frames"]}
        leaked = self.select(path, "SELECT s.task_id FROM finding_subjects AS s"
                             " JOIN findings AS f ON f.id = s.finding_id"
                             " WHERE f.rule = 'leaked-task' AND s.task_id IN"
                             " (SELECT task_id FROM ancestors WHERE position = 2)")
        self.assertEqual(len(leaked), 3)
        for (task,) in leaked:
            chain = [it for it in program["ancestors"] if it["task_id"] == task]
            self.assertEqual([it["position"] for it in chain], [0, 1, 2])
            self.assertEqual([frames[it["stack_id"], 0] for it in chain],
                             ["main.startLeaf", "main.startMiddle", "main.startOuter"])
            self.assertEqual(chain[2]["number"], 1)

    def test_fingerprints_do_not_depend_on_them(self):
        prints = [[it["fingerprint"] for it in
                   parse(self.report(*INSPECT, "--json", str(self.start(kept).pid)).stdout)
                   ["runs"][0]["programs"][0]["findings"]] for kept in (0, 5)]
        self.assertTrue(prints[0])
        self.assertEqual(prints[0], prints[1])

    def test_on_a_live_screen(self):
        seen = subprocess.run([CTXTOP, "--json", str(self.start(2).pid)], env=self.environment,
                              text=True, capture_output=True, check=True, timeout=PATIENCE)
        leaves = [it for it in parse(seen.stdout)["tasks"] if "main.leaf" in it.get("is_at", "")]
        self.assertEqual(len(leaves), 3)
        for leaf in leaves:
            self.assertEqual([it["creating_at"].split()[0] for it in leaf["ancestors"]],
                             ["main.startLeaf", "main.startMiddle"])


if __name__ == "__main__":
    unittest.main()
