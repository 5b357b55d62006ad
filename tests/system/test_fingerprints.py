#!/usr/bin/env python3
"""Fingerprints of real programs: another defect has another one, the same defect keeps its own."""

import os
import shutil
import subprocess
import sys
import unittest

from ctxreport_test import FOUND, NOTHING_FOUND, ReportTest

CC, CXX = os.environ["CC"], os.environ["CXX"]
SOURCE, LIBRARY = os.environ["CTXTRACE_SOURCE"], os.environ["CTXTRACE_LIBRARY"]

USERS = """
#include <ctxtrace/ctxtrace.h>
static __attribute__((noinline)) void handle(ctxt_t *server)
{
    ctxt_t *context = ctxt_with_cancel(server);
    %s
    ctxt_unref(context);
}
void (*const NAME)(ctxt_t *) = handle;
"""

TWO_FILES = """
#include <ctxtrace/ctxtrace.h>
extern void (*const users)(ctxt_t *), (*const orders)(ctxt_t *);
int main(void)
{
    ctxt_t *server = ctxt_with_cancel(ctxt_background());
    for (int i = 0; i < 3; i++) {
        users(server);
        orders(server);
    }
    return 0;
}
"""

TWO_FUNCTIONS = """
#include <ctxtrace/ctxtrace.h>
#define FUNCTION(name, end)                                                                        \\
    static __attribute__((noinline)) void name(ctxt_t *server)                                     \\
    {                                                                                              \\
        ctxt_t *context = ctxt_with_cancel(server);                                                \\
        if (end)                                                                                   \\
            ctxt_cancel(context);                                                                  \\
        ctxt_unref(context);                                                                       \\
    }
FUNCTION(alpha, ALPHA_ENDS)
FUNCTION(beta, BETA_ENDS)
int main(void)
{
    ctxt_t *server = ctxt_with_cancel(ctxt_background());
    for (int i = 0; i < 3; i++) {
        alpha(server);
        beta(server);
    }
    return 0;
}
"""

METHODS = """
#include <ctxtrace/ctxtrace.h>
static ctxt_t *server;
static void lose(bool really)
{
    ctxt_t *context = ctxt_with_cancel(server);
    if (!really)
        ctxt_cancel(context);
    ctxt_unref(context);
}
namespace mail { struct Sender { __attribute__((noinline)) void run() { lose(true); } }; }
namespace pay { struct Biller { __attribute__((noinline)) void run() { lose(PAY); } }; }
int main()
{
    server = ctxt_with_cancel(ctxt_background());
    for (int i = 0; i < 3; i++) {
        mail::Sender().run();
        pay::Biller().run();
    }
    return 0;
}
"""

INLINED = """
#include <ctxtrace/ctxtrace.h>
static ctxt_t *server;
static void helper(void)
{
    ctxt_t *context = ctxt_with_cancel(server);
    ctxt_unref(context);
}
static void first_caller(void) { helper(); }
static void second_caller(void) { helper(); }
int main(void)
{
    server = ctxt_with_cancel(ctxt_background());
    for (int i = 0; i < 3; i++) {
        first_caller();
        second_caller();
    }
    return 0;
}
"""


@unittest.skipIf(os.environ.get("CTXTRACE_SANITIZE"), "the library needs a sanitizer's runtime")
class Fingerprints(ReportTest):
    def build(self, name, sources, *options):
        """Compiles {file name: text} into the program NAME, which may be in a directory."""
        directory = self.path("source-of-" + name.replace("/", "-"))
        os.makedirs(directory)
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        for file, text in sources.items():
            with open(os.path.join(directory, file), "w", encoding="utf-8") as out:
                out.write(text)
        compiler = CXX if any(file.endswith(".cc") for file in sources) else CC
        subprocess.run([compiler, "-I" + os.path.join(SOURCE, "libctxtrace/include"), *options,
                        "-o", self.path(name), *sorted(sources), "-L" + LIBRARY, "-lctxtrace",
                        "-Wl,-rpath," + LIBRARY], cwd=directory, check=True)
        return self.path(name)

    def places(self, program, report):
        """Runs it; function, file and fingerprint of each finding."""
        self.report("run", "--no-preload", "-o", report, "--", program)
        return self.select(self.path(report),
                           "SELECT s.function, s.file, f.count, f.fingerprint FROM findings AS f "
                           "JOIN sites AS s ON s.id = f.site_id WHERE f.program_id = (SELECT "
                           "max(id) FROM programs) ORDER BY f.fingerprint")

    def assert_compared(self, old, new, known):
        self.report("run", "--no-preload", "-o", "old.db", "--", old)
        result = self.report("run", "--no-preload", "--baseline=old.db", "-o", "new.db", "--", new)
        self.assertEqual(result.returncode, NOTHING_FOUND if known else FOUND, result.stderr)
        result = self.report("diff", "old.db", "new.db")
        self.assertEqual(result.returncode, NOTHING_FOUND if known else FOUND, result.stdout)

    def test_static_functions_of_one_name(self):
        def sources(end):
            return {"users.c": USERS.replace("NAME", "users") % "",
                    "orders.c": USERS.replace("NAME", "orders") % end, "main.c": TWO_FILES}
        old = self.build("old/app", sources("ctxt_cancel(context);"), "-g")
        new = self.build("new/app", sources(""), "-g")
        self.assert_compared(old, new, known=False)
        self.assert_compared(new, old, known=True)
        self.assertEqual(sorted(row[1].rsplit("/")[-1] for row in self.places(new, "r.db")),
                         ["orders.c", "users.c"])

    def test_nameless_frames(self):
        def build(name, alpha, beta):
            return self.build(name, {"main.c": TWO_FUNCTIONS}, "-O1", "-s",
                              f"-DALPHA_ENDS={alpha}", f"-DBETA_ENDS={beta}", "-Wl,--build-id")
        self.assert_compared(build("old/app", 0, 1), build("new/app", 1, 0), known=False)
        both = build("both/app", 0, 0)
        self.assert_compared(both, both, known=True)
        self.assertEqual(len(self.places(both, "r.db")), 2)

    def test_methods_of_cxx(self):
        old = self.build("old/app", {"main.cc": METHODS}, "-g", "-O1", "-DPAY=false")
        new = self.build("new/app", {"main.cc": METHODS}, "-g", "-O1", "-DPAY=true")
        self.assert_compared(old, new, known=False)
        self.assert_compared(new, old, known=True)
        self.report("run", "--no-preload", "-o", "r.db", "--", new)
        functions = {row[0] for row in self.select(self.path("r.db"),
                                                   "SELECT function FROM frames")}
        self.assertLessEqual({"mail::Sender::run", "pay::Biller::run"}, functions)

    def test_a_renamed_executable(self):
        old = self.build("old/app", {"main.c": INLINED}, "-g")
        new = self.path("app-1.1")
        shutil.copy(old, new)
        self.assert_compared(old, new, known=True)

    def test_optimization_changes_nothing(self):
        levels = ("-O0", "-O2", "-Os", "-O2 -flto")
        found = {}
        for level in levels:
            try:
                program = self.build(level.replace(" ", "") + "/app", {"main.c": INLINED}, "-g",
                                     *level.split())
            except subprocess.CalledProcessError:
                self.assertIn("-flto", level)  # a compiler without a linker for that
                continue
            found[level] = self.places(program, "r.db")
        self.assertEqual([(row[0], row[2]) for row in found["-O0"]], [("helper", 3)] * 2)
        for level in found:
            self.assertEqual([row[3] for row in found[level]], [row[3] for row in found["-O0"]],
                             level)


if __name__ == "__main__":
    sys.exit(unittest.main())
