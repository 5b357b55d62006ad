#!/usr/bin/env python3
"""ctxtop without a terminal: text, JSON, options, and what is refused."""

import json
import os
import subprocess
import time
import unittest

from ctxtop_test import CTXTOP, FINE, TROUBLE, TopTest, fixture, squeezed

TREE = """\
CONTEXT                         ID  KIND            STATE        AGE  LEFT  OWN  OBS  WAIT  BELOW  \
FINDING             CREATED AT
root                            #1  background      open       1m39s     -    1    2     -     14  \
                    main main.c:40
└─ server                       #2  cancel          open       1m39s     -    1    4     1     13  \
                    serve server.c:88
   ├─ config=/etc/orders.conf   #3  value           open       1m39s     -    1    1     -      8  \
                    serve server.c:88
   │  ├─ GET /slow              #7  deadline        timed-out    10s     -    1    1     -      1  \
                    handle_request server.c:120
   │  │  └─ #8                  #8  cancel          timed-out   9.9s     -    1    0     -      -  \
                    fetch_context orders.c:14
"""


class Text(TopTest):
    def test_tree_has_aligned_columns(self):
        result = self.top(fixture("service"))
        self.assertEqual(result.returncode, FINE, result.stderr)
        self.assertIn(TREE, result.stdout)

    def test_is_plain(self):
        result = self.top("-b", "-n", "1", fixture("dead"))
        self.assertNotIn("\x1b", result.stdout)
        self.assertNotIn("\r", result.stdout)
        self.assertFalse([line for line in result.stdout.splitlines() if line.endswith(" ")])

    def test_tells_losses_and_the_state_of_the_program(self):
        text = self.top(fixture("dead")).stdout
        self.assertIn("server [777]  dead  forked from 770", text)
        self.assertIn("Not shown: 5 contexts from before recording began.", text)
        self.assertIn("Lost: 417 contexts (the segment is full)", text)

    def test_findings_are_sentences(self):
        text = self.top("-v", "findings", fixture("service")).stdout
        self.assertNotIn("CONTEXTS\n", text)
        self.assertIn("\n    2 contexts created in refresh_cache (cache.c:77) can no longer", text)

    def test_views_are_printed_in_the_order_asked_for(self):
        text = self.top("-v", "tasks,waiters", fixture("service")).stdout
        self.assertLess(text.index("\nTASKS\n"), text.index("\nBLOCKED TASKS\n"))

    def test_filter_fold_and_open(self):
        text = self.top("-v", "contexts", "-f", "finding:lost", fixture("service")).stdout
        rows = squeezed(text).split("CREATED AT\n")[1].splitlines()
        self.assertEqual([row.split()[0:2] for row in rows],
                         [["root", "#1"], ["└─", "server"], ["├─", "refresh"], ["└─", "refresh"]])
        text = self.top("-v", "contexts", "--fold", fixture("service")).stdout
        self.assertIn("└▸ server", text)
        self.assertIn("Σ!lost-cancel", text)
        text = self.top("-v", "contexts", "--open", fixture("service")).stdout
        self.assertNotIn("GET /slow", text)

    def test_width_cuts_lines(self):
        for width in (20, 60, 100):
            text = self.top("-w", str(width), fixture("service")).stdout
            self.assertLessEqual(max(map(len, text.splitlines())), width)

    def test_system_tasks(self):
        self.assertNotIn("timers", self.top("-v", "tasks", fixture("service")).stdout)
        self.assertIn("timers", self.top("-s", "-v", "tasks", fixture("service")).stdout)

    def test_other_locales_get_ascii(self):
        result = self.top(fixture("service"), env=dict(self.environment, LC_ALL="C"))
        self.assertTrue(result.stdout.isascii())
        self.assertIn("`- server", result.stdout)

    def test_samples_as_often_as_asked_for(self):
        started = time.monotonic()
        result = self.top("-n", "3", "-d", "0.2", "-v", "contexts", fixture("service"))
        self.assertEqual(result.stdout.count("orders [4242]"), 3)
        self.assertGreater(time.monotonic() - started, 0.4)

    def test_batch_ends_when_nothing_more_can_come(self):
        result = self.top("-b", "-d", "0.1", fixture("dead"))
        self.assertEqual(result.returncode, FINE)
        self.assertEqual(result.stdout.count("server [777]"), 1)

    def test_targets_when_there_are_none(self):
        # Other programs that can be watched may be there at any time.
        result = self.top("-f", "target:" + self.segments)
        self.assertEqual(result.returncode, FINE)
        self.assertRegex(result.stdout, "Nothing (to watch|passes the filter)")


class Json(TopTest):
    def parsed(self, *arguments):
        result = self.top("--json", *arguments)
        self.assertEqual(result.returncode, FINE, result.stderr)
        return [json.loads(line) for line in result.stdout.splitlines()]

    def test_one_document_on_a_line_for_each_sample(self):
        documents = self.parsed("-n", "2", "-d", "0.1", fixture("service"))
        self.assertEqual([document["sample"] for document in documents], [1, 2])

    def test_says_what_the_screen_says(self):
        document = self.parsed(fixture("service"))[0]
        self.assertEqual(document["program"]["pid"], 4242)
        self.assertEqual(document["counts"]["contexts"], 16)
        self.assertEqual(document["losses"][0]["count"], 1532)
        contexts = {context["id"]: context for context in document["contexts"]}
        lost = contexts[12]
        self.assertEqual((lost["name"], lost["owners"], lost["cancellable"], lost["finding"]),
                         ("refresh", 0, "no", "lost-cancel"))
        self.assertIsNone(lost["deadline_ns"])
        self.assertEqual(contexts[9]["cause"], "client hung up")
        self.assertEqual(contexts[9]["canceller_task"], 5)
        frames = document["stacks"][lost["created_stack"]]
        self.assertEqual((frames[0]["function"], frames[0]["line"]), ("refresh_cache", 77))

    def test_references_lead_somewhere(self):
        document = self.parsed(fixture("service"))[0]
        objects = {item["index"]: item for item in document["objects"]}
        tasks = {task["id"] for task in document["tasks"]}
        contexts = {context["id"] for context in document["contexts"]}
        for wait in document["waits"]:
            self.assertIn(wait["object"], objects)
            self.assertIn(wait["task"], tasks)
            self.assertIn(wait.get("bounded_by", 1), contexts)
        for finding in document["findings"]:
            for claim in finding["claims"]:
                for stack in claim["stacks"].values():
                    self.assertLess(stack, len(document["stacks"]))

    def test_sections_can_be_chosen(self):
        document = self.parsed("-v", "findings", fixture("service"))[0]
        self.assertNotIn("contexts", document)
        self.assertEqual(document["findings"][0]["rule"], "deadlock")

    def test_hostile_text_is_still_json(self):
        document = self.parsed(fixture("dead"))[0]
        self.assertIn("evil", document["contexts"][0]["name"])

    def test_targets(self):
        result = self.top("--json")
        self.assertEqual([target for target in json.loads(result.stdout)["targets"]
                          if self.segments in target["target"]], [])

    def test_earlier_names_of_options_are_taken_and_not_shown(self):
        today = self.top("-b", "--count=1", "--show-values", "--max-pause=250ms", fixture("service"))
        self.assertEqual(today.returncode, FINE, today.stderr)
        earlier = self.top("-b", "--iterations=1", "--values", "--max-pause=250ms", fixture("service"))
        self.assertEqual((earlier.returncode, earlier.stdout), (FINE, today.stdout), earlier.stderr)
        self.assertNotRegex(self.top("--help").stdout, r"--(iterations|values)\b")


class Refused(TopTest):
    def refused(self, *arguments):
        result = self.top(*arguments)
        self.assertEqual(result.returncode, TROUBLE, result.stdout)
        self.assertTrue(result.stderr.startswith("ctxtop: "), result.stderr)
        return result.stderr

    def test_wrong_use(self):
        self.assertIn("no view 'x'", self.refused("-v", "x", fixture("service")))
        self.assertIn("no theme 'x'", self.refused("--theme=x", fixture("service")))
        self.assertIn("from 10ms", self.refused("-d", "0", fixture("service")))
        self.assertIn("from 10ms", self.refused("-d", "nan", fixture("service")))
        for pause in ("0", "250", "1.5.5", "-1", "many"):
            self.assertIn("--max-pause", self.refused("--max-pause", pause, fixture("service")))
        self.assertIn("whole number", self.refused("-n", "many", fixture("service")))
        self.assertIn("one target at a time", self.refused("1", "2"))
        self.assertIn("one target at a time", self.refused("1", "--", "true"))
        self.assertIn("must follow --", self.refused("--"))

    def test_unreadable_targets(self):
        self.assertIn("missing", self.refused(self.path("missing")))
        empty = self.path("empty")
        with open(empty, "w", encoding="ascii"):
            pass
        self.assertIn("neither", self.refused(empty))
        self.assertIn("process 1", self.refused("1"))

    def test_output_that_cannot_be_written(self):
        with open("/dev/full", "w", encoding="ascii") as full:
            result = subprocess.run([CTXTOP, fixture("service")], env=self.environment,
                                    stdout=full, stderr=subprocess.PIPE, encoding="utf-8",
                                    check=False)
        self.assertEqual(result.returncode, TROUBLE)
        self.assertIn("No space left", result.stderr)

    def test_help_and_version(self):
        self.assertIn("Usage: ctxtop", self.top("--help").stdout)
        self.assertRegex(self.top("--version").stdout, r"^ctxtop \d+\.\d+")


if __name__ == "__main__":
    unittest.main()
