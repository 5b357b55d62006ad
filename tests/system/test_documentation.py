#!/usr/bin/env python3
"""What the documentation says is so: its programs compile and run, its commands do what they are said
to do, and nothing that there is has been left out.

CTXTRACE_BUILD is the build to test, CTXTRACE_SANITIZE what it was sanitized with, if anything.
"""

import glob
import os
import re
import shutil
import struct
import subprocess
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("CTXTRACE_BUILD", os.path.join(ROOT, "build"))
CTXTOP = os.path.join(BUILD, "ctxtop", "ctxtop")
CTXREPORT = os.path.join(BUILD, "ctxreport", "ctxreport")
SANITIZED = os.environ.get("CTXTRACE_SANITIZE", "") != ""
PATIENCE = 300  # seconds


def read(*path):
    with open(os.path.join(ROOT, *path), encoding="utf-8") as file:
        return file.read()


def plain(man_page):
    """The source of a man page with its escapes undone, as far as these tests need it."""
    return man_page.replace(r"\-", "-").replace(r"\e", "\\").replace(r"\&", "")


def rows_of(table):
    """The rows of a table that is written as ROW(name)."""
    return re.findall(r"^    ROW\((\w+)\)", read(table), re.M)


def run(command, **keywords):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=PATIENCE, check=False, **keywords)


class WithDirectory(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="ctxtrace-documentation-")
        self.addCleanup(shutil.rmtree, self.directory)
        self.segments = os.path.join(self.directory, "segments")
        os.mkdir(self.segments, 0o700)
        self.environment = dict(os.environ, CTXTRACE_DIR=self.segments, LC_ALL="C.UTF-8")
        for name in ("LD_PRELOAD", "CTXTRACE", "CTXTRACE_KEEP"):
            self.environment.pop(name, None)

    def write(self, name, text):
        path = os.path.join(self.directory, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path


@unittest.skipIf(SANITIZED, "programs of others are not built with sanitizers")
class Tour(WithDirectory):
    """The README's five minutes, as they are written, except for where segments are kept."""

    def setUp(self):
        super().setUp()
        page = read("README.md")
        self.tour = page[page.index("\n## Five minutes"):page.index("\n## The library")]
        self.commands = "".join(re.findall(r"```sh\n(.*?)```", self.tour, re.S))
        self.programs = dict(re.findall(r"as `(\w+\.c)`[^`]*```c\n(.*?)```", self.tour, re.S))

    def test_does_what_it_says(self):
        self.assertEqual(set(self.programs), {"lost.c", "locks.c"})
        for name, text in self.programs.items():
            self.write(f"build/tour/{name}", text)
        script = self.commands.replace("cmake --install build ", f"cmake --install '{BUILD}' ")
        script = script.replace("/dev/shm/ctxtrace-$(id -u)", self.segments)
        self.assertIn(self.segments, script)
        done = run(["bash", "-c", script], cwd=self.directory, env=self.environment,
                   stdin=subprocess.DEVNULL)
        for expected in (
                r"└─ server +#\d+ +cancel +open",  # ctxtop
                r"─ request 3 .*!lost-cancel +answer lost\.c:\d+",
                r"PROVED +A context that nobody can cancel any more +\[lost-cancel, high\]",
                r"> answer +tour/lost\.c:\d+",
                r'│ .*cancel "request 3" #\d+ *│ open ',  # sqlite3
                r"\nexit status 1\n",
                r"\nexit status with a baseline 0\n",
                r"PROVED +Tasks that wait for each other in a circle +\[deadlock, critical\]",
                r"> audit +tour/locks\.c:\d+",
        ):
            self.assertRegex(done.stdout, expected)
        self.assertEqual(os.listdir(self.segments), [], "the tour leaves nothing behind")
        shown = re.findall(r"```text\n(.*?)```", self.tour, re.S)
        self.assertGreaterEqual(len(shown), 5)
        for place in set(re.findall(r"\w+ +(?:tour/)?lo\w+\.c:\d+", "".join(shown))):
            words = r" +".join(map(re.escape, place.split()))
            self.assertRegex(done.stdout, words, "a place that the README shows")


    @unittest.skipUnless(shutil.which("go"), "go is not installed")
    def test_go_programs(self):
        page = read("README.md")
        section = page[page.index("\n## Go programs"):]
        section = section[:section.index("\n## ", 1)]
        name, text = re.search(r"as `(\w+\.go)`[^`]*```go\n(.*?)```", section, re.S).groups()
        self.write(name, text)
        commands = "".join(re.findall(r"```sh\n(.*?)```", section, re.S))
        self.environment["PATH"] = f"{os.path.dirname(CTXREPORT)}:{self.environment['PATH']}"
        done = run(["bash", "-c", commands], cwd=self.directory, env=self.environment,
                   stdin=subprocess.DEVNULL)
        self.assertRegex(done.stdout, r"PROVED +A task that nothing can wake any more "
                                      r"+\[leaked-task, high\]")
        self.assertRegex(done.stdout, r"\d+ tasks are blocked in main\.ask\.func1 \(leaky\.go:12\)")


@unittest.skipIf(SANITIZED, "programs of others are not built with sanitizers")
class Example(WithDirectory):
    """The complete program of ctxtrace(3)."""

    def test_compiles_and_runs(self):
        text = re.search(r"^\.SH EXAMPLE\n.*?^\.EX\n(.*?)^\.EE", plain(read("docs/man/ctxtrace.3")),
                         re.S | re.M).group(1)
        source = self.write("search.c", text)
        program = os.path.join(self.directory, "search")
        library = os.path.join(BUILD, "libctxtrace", "runtime")
        built = run(["cc", "-Wall", "-Wextra", "-Werror", "-o", program, source,
                     f"-I{ROOT}/libctxtrace/include", f"-L{library}", "-lctxtrace",
                     f"-Wl,-rpath,{library}"])
        self.assertEqual((built.returncode, built.stdout), (0, ""))
        done = run([program], env=self.environment)
        self.assertEqual((done.returncode, done.stdout), (0, "found on shelf 1\n"))
        done = run([CTXREPORT, "run", "--fail-on=suspect", "--", program], env=self.environment)
        self.assertEqual(done.returncode, 0, done.stdout)


    def test_the_segment_is_as_its_page_shows(self):
        page = read("docs/segment-format.md")
        sizes = re.findall(r"^\| \d+ \w+ \|.*\| (?:words of )?(\d+|by `\w+`)(?: bytes)? \|$", page, re.M)
        self.assertEqual(len(sizes), 8)
        target = os.path.join(BUILD, "tests", "programs", "lost_cancel_clean")
        run([target], env=dict(self.environment, CTXTRACE="1", CTXTRACE_KEEP="1"),
            stdin=subprocess.DEVNULL)
        (segment,) = glob.glob(os.path.join(self.segments, "*.ctxt"))
        with open(segment, "rb") as file:
            header = file.read(8192)
        magic, version = struct.unpack_from("=QI", header)
        self.assertIn(f"{magic:016x} 01020304{version:08x}", page)
        for number, size in enumerate(sizes):
            offset, item_size, capacity, used = struct.unpack_from("=4Q", header, 1344 + 32 * number)
            self.assertEqual(offset % 4096, 0)
            self.assertLessEqual(used, capacity)
            if size.isdigit():
                self.assertEqual(item_size, int(size))


class Preparation(WithDirectory):
    """The README's first command prepares before it does anything else."""

    def test_prepares_first(self):
        demonstration = os.path.join(self.directory, "docs", "examples", "demonstration")
        os.makedirs(os.path.dirname(demonstration))
        shutil.copy(os.path.join(ROOT, "docs", "examples", "demonstration"), demonstration)
        prepare = self.write(".ci/prepare", "#!/bin/sh\necho preparing\nexit 7\n")
        os.chmod(prepare, 0o755)
        done = run([demonstration], env=self.environment, cwd="/")
        self.assertEqual(done.returncode, 7, done.stdout)
        self.assertTrue(done.stdout.endswith("preparing\n"), done.stdout)


class Completeness(unittest.TestCase):
    def test_every_environment_variable(self):
        page = plain(read("docs/man/ctxtrace.3"))
        section = page[page.index("\n.SH ENVIRONMENT\n"):page.index("\n.SH FILES\n")]
        paragraphs = dict(re.findall(r"^\.TP\n\.B (\w+)\n(.*?)(?=^\.TP|\Z)", section, re.S | re.M))
        table = re.findall(r'\{"(CTXTRACE\w*)",\s*"[^"]*",\s*([^}]*)\}',
                           read("libctxtrace/record/environment.c"))
        self.assertGreater(len(table), 5)
        self.assertEqual(set(paragraphs), {name for name, _ in table})
        for name, numbers in table:
            for number in numbers.split(","):
                factor, _, shift = number.partition("<<")
                value = int(factor.strip().rstrip("u")) << int(shift or 0)
                if numbers.replace(" ", "").replace("\n", "") != "0,0,0":
                    self.assertRegex(paragraphs[name], rf"\b{value}\b", name)

    def test_every_public_function(self):
        page = plain(read("docs/man/ctxtrace.3"))
        section = page[page.index("\n.SH FUNCTIONS\n"):page.index("\n.SH EXAMPLE\n")]
        total = 0
        for part in section.split("\n.SS ")[1:]:
            header, _, listed = part.partition("\n")
            text = read("libctxtrace", "include", header)
            declared = set(re.findall(r"^(?:CTXT_API|static inline)\b[^;({]*?\b(ctxt_\w+)\(",
                                      text.replace("(void)", "()"), re.M))
            self.assertEqual(set(re.findall(r"\bctxt_\w+", listed)) - {"ctxt_scope"}, declared, header)
            total += len(declared)
        everything = "".join(map(read, glob.glob(os.path.join(ROOT, "libctxtrace/include/*/*.h"))))
        self.assertEqual(total, len(re.findall(r"^CTXT_API|^static inline", everything, re.M)))

    def test_every_property_of_a_wait(self):
        page = plain(read("docs/man/ctxtrace.3"))
        text = read("libctxtrace/include/ctxtrace/trace.h")
        properties = re.search(r"enum ctxt_wait_property \{(.*?)\};", text, re.S).group(1)
        names = re.findall(r"^ +(CTXT_\w+) =", properties, re.M)
        self.assertGreater(len(names), 7)
        for name in names:
            self.assertRegex(page, rf"\b{name}\b")

    def test_every_word_of_the_vocabulary(self):
        columns = {"CONTEXT_KIND": "`contexts.kind`", "CONTEXT_STATE": "`contexts.state`",
                   "CONTEXT_END": "`contexts.ended_by`, `events.ended_by`",
                   "TASK_KIND": "`tasks.kind`", "TASK_STATE": "`tasks.state`",
                   "OBJECT_KIND": "`objects.kind`", "WAIT_OPERATION": "`waits.operation`",
                   "EVENT_KIND": "`events.kind`", "PROGRAM_STATE": "`programs.state`",
                   "INTERVENTION": "`interventions.what`", "FACT_VALUE": "facts"}
        rows = re.findall(r"^([A-Z_]+)\((.*)\)(?: +/\*.*)?$",
                          read("libctxtrace/vocabulary/words.def"), re.M)
        self.assertEqual(set(columns) - {table for table, _ in rows}, set())
        expected = [(columns[table], *(re.findall(r'"([^"]*)"', row)[at] for at in (0, -1)))
                    for table, row in rows if table in columns]
        page = read("docs/schema.md")
        section = page[page.index("\n## Words\n"):page.index("\n## Some questions\n")]
        listed = re.findall(r"^\| (.*) \| `(.*)` \| (.*) \|$", section, re.M)
        self.assertEqual(sorted(listed), sorted(expected))

    def test_every_word_that_programs_may_use(self):
        header = read("libctxtrace/include/ctxtrace/trace.h")
        words = read("libctxtrace/vocabulary/words.def")
        for table, name in (("OBJECT_KIND", "ctxt_wait_object"),
                            ("WAIT_OPERATION", "ctxt_wait_operation"),
                            ("WAIT_PROPERTY", "ctxt_wait_property")):
            body = re.search(rf"enum {name} \{{(.*?)\}};", header, re.S).group(1)
            self.assertEqual(set(re.findall(r"^ +(CTXT_\w+)", body, re.M)),
                             set(re.findall(rf"^{table}\(.*\b(CTXT_\w+)\)", words, re.M)))

    def test_every_environment_variable_of_the_tools(self):
        for folders, page in ((("ctxtop", "libctxtrace/inspect"), "ctxtop.1"),
                              (("ctxreport", "libctxtrace/inspect"), "ctxreport.1")):
            text = read("docs", "man", page)
            section = text[text.index("\n.SH ENVIRONMENT\n"):]
            for folder in folders:
                for path in glob.glob(os.path.join(ROOT, folder, "**", "*.c"), recursive=True):
                    for name in re.findall(r'\bgetenv\("(\w+)"\)', read(path)):
                        self.assertTrue(re.search(rf"\b{name}\b", section),
                                        f"{page} lacks {name} of {path}")

    def test_every_rule(self):
        page = read("docs/findings.md")
        rows = rows_of("libctxtrace/findings/rule_table.c")
        self.assertGreater(len(rows), 10)
        for name in (row.replace("_", "-") for row in rows):
            self.assertRegex(page, rf"(?m)^### {name}$")
            self.assertIn(f"[{name}](#{name})", page)
        listed = run([CTXREPORT, "inspect", "--list-rules"]).stdout
        for name in (row.replace("_", "-") for row in rows):
            self.assertIn(name, listed)

    def test_every_code_of_a_rule(self):
        page = read("docs/findings.md")
        entries = dict(re.findall(r"^\| ([CGT]\d+) \| [^|]+ \| ([^|]+) \|$", page, re.M))
        for path in sorted(glob.glob(os.path.join(ROOT, "libctxtrace", "findings", "*.c"))):
            text = read(path)
            codes = re.search(r'\.catalogue = "([^"]+)"', text)
            if codes is None:
                continue
            name = re.search(r'\.name = "([^"]+)"', text).group(1)
            for code in codes.group(1).split(", "):
                self.assertIn(name, entries[code].split(", "), f"{code} of {name}")

    def test_every_view(self):
        page = plain(read("docs/man/ctxtop.1"))
        option = re.search(r"--view =.*?(?=^\.TP)", page, re.S | re.M).group()
        json = page[page.index("\n.SH JSON\n"):page.index("\n.SH ENVIRONMENT\n")]
        offered = re.search(r"--view=.*?: ([a-z, \n]+?)\n +-", run([CTXTOP, "--help"]).stdout, re.S)
        views = [read("ctxtop/views", f"{name}.c") for name in rows_of("ctxtop/view_table.h")]
        with_key = [re.search(r'\.name = "(\w+)"', text).group(1) for text in views
                    if ".digit" in text]
        self.assertEqual(re.split(r",\s+", offered.group(1)), with_key)
        for name in with_key:
            self.assertRegex(option, rf"\b{name}\b")
        for name in re.findall(r'\.json_name = "(\w+)"', "".join(views)):
            self.assertRegex(json, rf"\b{name}\b")

    def test_every_format(self):
        names = rows_of("ctxreport/format_table.h")
        page = plain(read("docs/man/ctxreport.1"))
        option = re.search(r"--format= NAME.*?(?=^\.TP)", page, re.S | re.M).group()
        offered = " ".join(run([CTXREPORT, "export", "--help"]).stdout.split())
        for name in names:
            self.assertRegex(option, rf"\b{name}\b")
            self.assertRegex(offered, rf"--format=NAME [^()]*\b{name}\b")
            for command in (["list"], ["diff", "old.db", "new.db"]):
                done = run([CTXREPORT, *command, f"--format={name}"])
                what = {"list": "list", "diff": "difference"}[command[0]]
                refused = f"{command[0]} does not print {name}, but " in done.stdout
                writer = f".write_{what} = " in read("ctxreport", f"format_{name}.c")
                self.assertEqual(refused, not writer, done.stdout)
                self.assertTrue(done.returncode == 2 or not refused)

    @staticmethod
    def users_of(name, folder):
        return [path for path in glob.glob(os.path.join(ROOT, folder, "**", "*.[ch]"), recursive=True)
                if re.search(rf"&{name}\b", read(path))]

    def test_a_row_is_a_file(self):
        """And no other file names what it defines. Except for views that keys lead to, formats that
        commands default to, and the source whose files are listed."""
        for table, pattern, symbol, elsewhere in (
                ("ctxtop/view_table.h", "ctxtop/views/{}.c", "{}_view",
                 {"contexts", "tasks", "targets"}),
                ("ctxreport/command_table.c", "ctxreport/command_{}.c", "command_{}", set()),
                ("ctxreport/format_table.h", "ctxreport/format_{}.c", "format_{}",
                 {"text", "json"}),
                ("libctxtrace/inspect/source_table.h", "libctxtrace/inspect/{}_source.c",
                 "{}_source", {"segment"}),
                ("libctxtrace/findings/rule_table.c", "libctxtrace/findings/{}.c", "rule_{}",
                 set())):
            rows = rows_of(table)
            self.assertGreater(len(rows), 2, table)
            for row in rows:
                own = os.path.join(ROOT, pattern.format(row))
                name = symbol.format(row)
                self.assertRegex(read(own), rf"(?m)^const struct \w+ {name} = ")
                if row not in elsewhere:
                    self.assertEqual(self.users_of(name, os.path.dirname(table)), [])

    def test_the_plan_says_where_rows_go(self):
        page = read("docs/architecture.md")
        section = page[page.index("\n## Adding a thing\n"):page.index("\n## Rules of the code\n")]
        tables = re.findall(r"\b\w+_table\.[ch]\b", section)
        self.assertGreater(len(tables), 5)
        there = [os.path.basename(path)
                 for path in glob.glob(os.path.join(ROOT, "*", "**", "*_table.[ch]"), recursive=True)]
        self.assertEqual(set(tables) - set(there), set())

    def assert_options(self, command, page):
        text = plain(read("docs", "man", page))
        done = run([*command, "--help"], env=dict(os.environ, COLUMNS="80"))
        self.assertEqual(done.returncode, 0, done.stdout)
        options = re.findall(r"^  +(?:-(.), |)--([a-z-]+)", done.stdout, re.M)
        self.assertGreater(len(options), 2, done.stdout)
        for short, long in options:
            self.assertTrue(re.search(rf"--{long}(?![\w-])", text), f"{page} lacks --{long}")
            if short:
                self.assertTrue(re.search(rf"(?<![\w-])-{re.escape(short)}(?![\w-])", text),
                                f"{page} lacks -{short}")

    def test_every_option(self):
        self.assert_options([CTXTOP], "ctxtop.1")
        page = plain(read("docs/man/ctxreport.1"))
        commands = re.findall(r"^  (\w+) ", run([CTXREPORT, "--help"]).stdout, re.M)
        self.assertGreaterEqual(len(commands), 6)
        for command in commands:
            self.assert_options([CTXREPORT, command], "ctxreport.1")
            self.assertRegex(page, rf"(?m)^\.BI? .*\b{command}\b")

    def test_what_both_tools_take_is_one_option(self):
        table = read("libctxtrace/inspect/source_argp.c")
        shared = re.findall(r'^    \{"([a-z-]+)", (?!0,)', table, re.M)
        self.assertGreater(len(shared), 4)
        pages = [run(command, env=dict(os.environ, COLUMNS="200")).stdout
                 for command in ([CTXTOP, "--help"], [CTXREPORT, "inspect", "--help"],
                                 [CTXREPORT, "run", "--help"])]
        for name in shared:
            lines = {re.search(rf"^.*--{name}\b.*$", page, re.M).group() for page in pages}
            self.assertEqual(len(lines), 1, lines)

    def test_a_letter_means_the_same_in_both_tools(self):
        def letters(*pages):
            return {found for page in pages
                    for found in re.findall(r"^  -(\w), --([a-z-]+)", run(page).stdout, re.M)}
        commands = re.findall(r"^  (\w+) ", run([CTXREPORT, "--help"]).stdout, re.M)
        top = letters([CTXTOP, "--help"])
        report = letters(*([CTXREPORT, command, "--help"] for command in commands))
        self.assertGreater(len(top & report), 2)
        self.assertEqual([], [(one, other) for one in top for other in report
                              if one[0] == other[0] and one != other])

    def test_every_release_of_go(self):
        releases = run([os.path.join(ROOT, "tests", "go_releases.sh")]).stdout.split()
        self.assertGreater(len(releases), 5)
        tested = re.findall(r"^\| (go1\.[\d.]+) \|", read("docs/go-releases.md"), re.M)
        self.assertEqual(tested, releases)
        oldest = releases[0].rpartition(".")[0].replace("go", "Go ")
        self.assertIn(f"with {oldest} or later", read("docs/go.md"))
        for path in ("tests/unit/CMakeLists.txt", "tests/with_go.sh",
                     *glob.glob(os.path.join(ROOT, "tests", "programs", "go", "*.[ps][yh]")),
                     *glob.glob(os.path.join(ROOT, "tests", "campaign", "*.py"))):
            for release in releases:
                self.assertNotIn(release, read(path), path)

    def test_every_item_of_the_semantics(self):
        page = read("docs/context-semantics.md")
        sources = "".join(read(path) for folder in ("tests/unit/runtime/test_*.c", "tests/conformance/*.c")
                          for path in glob.glob(os.path.join(ROOT, folder)))
        tests = set(re.findall(r"^static void (\w+)\(void \*\*state\)", sources, re.M))
        registered = set(re.findall(r"cmocka_unit_test(?:_\w+)?\((\w+)", sources))
        rows = dict((int(number), text)
                    for number, text in re.findall(r"^\| (\d+) \|(.*)\|$", page, re.M))
        self.assertEqual(sorted(rows), list(range(1, 66)))
        named = set()
        for number, text in rows.items():
            names = re.findall(r"`(items?_\w+)`", text)
            named.update(names)
            if not names:
                self.assertRegex(page, rf"(?m)^- \*\*{number}\*\*", f"why {number} has no test")
            for name in names:
                self.assertIn(name, tests & registered)
                self.assertIn(str(number), name.split("_"), f"row {number}")
        self.assertEqual({name for name in tests if re.match(r"items?_\d", name)} - named, set())
        for name in re.findall(r"\(`([a-z]+_\w+)`\)", page):
            self.assertIn(name, tests & registered)
        others = re.findall(r"^\| \D.*\| (`[a-z]\w+`(?:, `\w+`)*) \|$", page, re.M)
        self.assertGreater(len(others), 15)
        for name in re.findall(r"\w+", " ".join(others)):
            self.assertIn(name, tests & registered)

    def test_every_link(self):
        pages = [os.path.join(ROOT, "README.md")]
        pages += glob.glob(os.path.join(ROOT, "docs", "**", "*.md"), recursive=True)
        for page in pages:
            for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", read(page)):
                self.assertTrue(os.path.exists(os.path.join(os.path.dirname(page), link)),
                                f"{page}: {link}")

    @unittest.skipUnless(shutil.which("groff"), "groff is not installed")
    def test_man_pages_are_sound(self):
        pages = glob.glob(os.path.join(ROOT, "docs", "man", "*.[13]"))
        self.assertEqual(len(pages), 3)
        for page in pages:
            done = run(["groff", "-man", "-Tutf8", "-ww", "-z", page])
            self.assertEqual((done.returncode, done.stdout), (0, ""))


if __name__ == "__main__":
    unittest.main()
