"""The harness itself: its bounds, its memory, and that it does notice what is false.

CTXTRACE_BUILD is the build whose tools it uses.
"""

import glob
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import evidence
import judge
import tables
from bound import upper_bound
from builds import CannotRun, Tools, executable_of
from ledger import Ledger
from looks import WAYS, Look
from shapes import Row, Shape, shapes
from target import MEMORY, PREFIX

TOOLS = Tools(os.environ["CTXTRACE_BUILD"])


def shape_of(program, way, kind="library", **more):
    return Shape(**vars(Row(kind, program, **more)), way=way, load="quiet")


def look_once(shape):
    """The claims of the first look that judges all ages, and the files that were kept of it."""
    looks = WAYS[shape.way](shape, TOOLS, executable_of(TOOLS, shape), 0, lambda: True)
    for look in looks:
        if not look.young:
            continue
        claims = judge.false_claims(look)
        with tempfile.TemporaryDirectory() as root:
            kept = evidence.keep(root, "version", look, claims)
            files = {name: os.path.getsize(os.path.join(kept, name)) for name in os.listdir(kept)}
        looks.close()
        return claims, files
    return None


class Bounds(unittest.TestCase):
    def test_known_values(self):
        """Against tables of the binomial distribution."""
        for false, looks, bound in ((0, 1000, 0.002991), (0, 10, 0.2589), (1, 748, 0.006326),
                                    (1, 10, 0.3942), (5, 10, 0.7776)):
            self.assertAlmostEqual(upper_bound(false, looks), bound, 4)

    def test_ends(self):
        self.assertEqual(upper_bound(0, 0), 1)
        self.assertEqual(upper_bound(7, 7), 1)

    def test_what_is_seldom_needs_many_looks(self):
        """What is seen once in 748 looks is missed by 166 looks four times in five."""
        self.assertAlmostEqual((1 - 1 / 748) ** 166, 0.8, 2)
        self.assertGreater(upper_bound(0, 166), 10 / 748)


class Memory(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.path = os.path.join(directory.name, "looks.db")

    def test_versions_are_counted_apart(self):
        old = Ledger(self.path, "old")
        old.add("a", [], None)
        old.add("a", ["wrong"], "kept")
        new = Ledger(self.path, "new")
        new.add("a", [], None)
        self.assertEqual(Ledger(self.path, "old").counts(), {"a": (2, 1)})
        self.assertEqual(new.counts(), {"a": (1, 0)})
        self.assertEqual(old.false_claims(), [("a", "wrong", 1, "kept")])
        self.assertEqual(new.false_claims(), [])

    def test_what_cannot_run_is_named(self):
        ledger = Ledger(self.path, "new")
        ledger.could_not_run("a", "no compiler")
        ledger.could_not_run("b", "no compiler")
        self.assertEqual(ledger.not_run(), {"a": "no compiler", "b": "no compiler"})
        ledger.add("a", [], None)
        self.assertEqual(ledger.not_run(), {"b": "no compiler"})

    def test_goes_on_after_a_kill(self):
        """What was looked at before a kill is counted, and not looked at again."""
        writer = subprocess.Popen(
            [sys.executable, "-c", "import sys; sys.path.insert(0, sys.argv[1])\n"
             "from ledger import Ledger\n"
             "ledger = Ledger(sys.argv[2], 'new')\n"
             "while True: ledger.add('a', [], None); print(flush=True)", HERE, self.path],
            stdout=subprocess.PIPE)
        for _ in range(20):
            writer.stdout.readline()
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        said = 20 + len(writer.stdout.read())
        writer.stdout.close()
        self.assertIn(Ledger(self.path, "new").counts()["a"][0] - said, (0, 1))


class Judging(unittest.TestCase):
    """A sick program that is taken for a clean one has to be noticed, with all that shows it."""

    def assert_noticed(self, shape, words, *files):
        claims, kept = look_once(shape)
        self.assertTrue(any(words in claim for claim in claims), claims)
        for name in ("claims.txt", "report.json", "report.db"):
            self.assertGreater(kept[name], 0)
        for ending in files:
            self.assertTrue([name for name in kept if name.endswith(ending)], kept)

    def test_live(self):
        self.assert_noticed(shape_of("lost_cancel_planted", "live"), "proved lost-cancel", ".ctxt")

    def test_fact(self):
        self.assert_noticed(shape_of("lost_cancel_planted", "live"), "cancellable no")

    def test_kill(self):
        self.assert_noticed(shape_of("leaked_task_planted", "kill"), "wakeable no", ".ctxt")

    def test_exit(self):
        self.assert_noticed(shape_of("leaked_task_planted", "exit"), "exit status 1")

    def test_preload(self):
        self.assert_noticed(shape_of("preload_deadlock", "live", "preload"), "proved deadlock")

    def test_status(self):
        look = Look(shape_of("x", "live"), False, [], 2, "ctxreport: no.\n", "", None)
        self.assertEqual(judge.false_claims(look), ["exit status 2: ctxreport: no."])

    def test_state(self):
        program = {"state": "dead", "findings": []}
        look = Look(shape_of("x", "live"), False, [], 0, "", "", {"runs": [{"programs": [program]}]})
        self.assertEqual(list(judge.false_state(look)), ["the program is called dead"])

    def test_likely_is_no_claim_about_what_is_young(self):
        finding = {"confidence": "likely", "rule": "r", "count": 1, "sentence": "s"}
        report = {"runs": [{"programs": [{"state": "alive", "findings": [finding]}]}]}
        for young in (False, True):
            look = Look(shape_of("x", "live"), young, [], 0, "", "", report)
            self.assertEqual(bool(list(judge.false_findings(look))), not young)

    def test_likely_is_right_of_what_is_unusual(self):
        for confidence in ("likely", "proved"):
            finding = {"confidence": confidence, "rule": "r", "count": 1, "sentence": "s"}
            report = {"runs": [{"programs": [{"state": "alive", "findings": [finding]}]}]}
            look = Look(shape_of("x", "live", unusual=("r",)), False, [], 0, "", "", report)
            self.assertEqual(bool(list(judge.false_findings(look))), confidence == "proved")

    def test_proved_is_right_where_it_rests_on_what_the_program_breaks(self):
        shape = shape_of("x", "live", unusual=("r",), breaks="On a rule.")
        for sentence, rule, false in (("So. On a rule.", "r", False), ("So.", "r", True),
                                      ("So. On a rule.", "another", True)):
            finding = {"confidence": "proved", "rule": rule, "count": 1, "sentence": sentence}
            report = {"runs": [{"programs": [{"state": "alive", "losses": [], "findings": [finding]}]}]}
            look = Look(shape, False, [], 1, "", "", report)
            self.assertEqual(bool(list(judge.false_findings(look))), false)
            self.assertEqual(list(judge.false_status(look)), [])

    def test_what_is_met_in_a_write_is_incomplete(self):
        for way, why, false in (("kill", "the program died while it wrote them", False),
                                ("live", "they were being written at that moment", False),
                                ("live", "the program died while it wrote them", True),
                                ("kill", "the segment is full", True),
                                ("exit", "the program died while it wrote them", True)):
            losses = [{"why": why, "expected": False}, {"why": "design", "expected": True}]
            report = {"runs": [{"programs": [{"state": "dead", "losses": losses}]}]}
            look = Look(shape_of("x", way), False, [], 3, "", "", report)
            self.assertEqual(bool(list(judge.false_status(look))), false)


class Table(unittest.TestCase):
    def test_names_are_unique(self):
        names = [shape.name for shape in shapes()]
        self.assertEqual(len(names), len(set(names)))

    def test_every_program_is_a_shape(self):
        programs = {(shape.kind, shape.program) for shape in shapes()}
        for kind, ending in (("library", ".c"), ("preload", ".c"), ("go", ".go")):
            for name in os.listdir(os.path.join(HERE, "programs", kind)):
                if name.endswith(ending):
                    self.assertIn((kind, name[:-len(ending)]), programs)

    def test_what_is_not_built_is_said(self):
        with self.assertRaises(CannotRun) as caught:
            executable_of(TOOLS, shape_of("is_not_there", "live"))
        self.assertIn("is_not_there", str(caught.exception))

    def test_page(self):
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "page.md")
            with open(path, "w", encoding="utf-8") as file:
                file.write("# Above\n\n" + tables.MARK + "old\n")
            ledger = Ledger(os.path.join(directory, "looks.db"), "abc")
            shape = next(shapes())
            for _ in range(10):
                ledger.add(shape.name, [], None)
            tables.write_into(path, tables.markdown_of([shape], ledger, "a date"))
            with open(path, encoding="utf-8") as file:
                page = file.read()
        self.assertTrue(page.startswith("# Above\n\n" + tables.MARK))
        self.assertIn(f"| {shape.name} | 10 | 0 | 26 % |", page)
        self.assertNotIn("old", page)


class Resuming(unittest.TestCase):
    """The whole command, killed in the middle of its work."""

    def run_campaign(self, build, *options, **keywords):
        return subprocess.Popen([os.path.join(HERE, "run"), "--build", build, "--no-twins",
                                 "--shape", "library/families/kill/quiet", *options],
                                stdout=subprocess.PIPE, text=True, **keywords)

    def test_killed_and_resumed(self):
        with tempfile.TemporaryDirectory() as build:
            for name in ("ctxreport", "libctxtrace", "tests"):
                os.symlink(os.path.join(TOOLS.build, name), os.path.join(build, name))
            path = os.path.join(build, "campaign", "looks.db")
            first = self.run_campaign(build, "--until", "1000")
            while self.looks(path) < 3:
                self.assertIsNone(first.poll(), "it ended by itself")
                time.sleep(0.05)
            first.kill()
            first.communicate()
            before = self.looks(path)
            second = self.run_campaign(build, "--until", str(before + 2))
            text, _ = second.communicate(timeout=120)
            self.assertEqual(self.looks(path), before + 2, text)
            for campaign in (first, second):
                self.assertEqual(glob.glob(f"{MEMORY}/{PREFIX}{campaign.pid}-*"), [])
            self.assertIn("library/families/kill/quiet", text)

    @staticmethod
    def looks(path):
        if not os.path.exists(path):
            return 0
        from version import version_of_tree
        return Ledger(path, version_of_tree()).counts().get(
            "library/families/kill/quiet", (0, 0))[0]


if __name__ == "__main__":
    unittest.main()
