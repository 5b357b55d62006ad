#!/usr/bin/env python3
"""The library as it is installed: what it exports, and that programs build and run with it.

usage: test_library.py BUILD-DIRECTORY
"""
import os
import subprocess
import sys
import tempfile
import unittest

BUILD = sys.argv.pop(1)
# What a library that is built with a sanitizer needs of its program.
SANITIZE = os.environ.get("CTXTRACE_SANITIZE", "")
SANITIZER = (f"-fsanitize={SANITIZE}",) if SANITIZE else ()

PROGRAM = """
#include <ctxtrace/ctxtrace.h>
#include <errno.h>
#include <stdio.h>
static int misnamed_task_new;
int node_new(void) { return ++misnamed_task_new; } /* an inner name of the library's */
int main(void)
{
    ctxt_scope c = ctxt_with_timeout(ctxt_background(), CTXT_MILLISECOND);
    printf("%d %s %d\\n", ctxt_wait(c, CTXT_NEVER) == ETIMEDOUT, ctxt_version(), node_new());
    return 0;
}
"""

# A thread loads the library; main never uses it, and leaves.
LOADER = """
#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>
static const char *path;
static void *load_and_use(void *unused)
{
    void *library = dlopen(path, RTLD_NOW);
    if (!library)
        _exit(2);
    void *(*background)(void) = (void *(*)(void))dlsym(library, "ctxt_background");
    void *(*with_timeout)(void *, int64_t) =
        (void *(*)(void *, int64_t))dlsym(library, "ctxt_with_timeout");
    if (!with_timeout(background(), INT64_C(3600000000000)))
        _exit(3);
    puts("done");
    return unused;
}
int main(int count, char **arguments)
{
    pthread_t thread;
    path = arguments[count - 1];
    alarm(60);
    if (pthread_create(&thread, NULL, load_and_use, NULL) != 0)
        return 1;
    pthread_exit(NULL);
}
"""


def run(*command, **environment):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True,
                          env={**os.environ, **environment}).stdout


def names(*nm):
    lines = [line.split() for line in run("nm", "--defined-only", *nm).splitlines()]
    return {line[2].split("@")[0] for line in lines if len(line) == 3}


class Library(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory()
        cls.prefix = os.path.join(cls.directory.name, "prefix")
        run("cmake", "--install", BUILD, "--prefix", cls.prefix)
        cls.library = os.path.dirname(next(
            os.path.join(folder, name) for folder, _, files in os.walk(cls.prefix)
            for name in files if name == "libctxtrace.a"))
        cls.source = os.path.join(cls.directory.name, "program.c")
        with open(cls.source, "w", encoding="ascii") as file:
            file.write(PROGRAM)

    @classmethod
    def tearDownClass(cls):
        cls.directory.cleanup()

    def flags(self, *options):
        return run("pkg-config", *options, "ctxtrace",
                   PKG_CONFIG_PATH=os.path.join(self.library, "pkgconfig")).split()

    def check_program(self, *flags):
        program = os.path.join(self.directory.name, "program")
        run("cc", "-Wall", "-Werror", *SANITIZER, self.source, "-o", program, *flags)
        version = run("pkg-config", "--modversion", "ctxtrace",
                      PKG_CONFIG_PATH=os.path.join(self.library, "pkgconfig")).strip()
        self.assertEqual(run(program), f"1 {version} 1\n")

    def test_shared_exports_only_its_prefix(self):
        exported = names("-D", os.path.join(self.library, "libctxtrace.so"))
        self.assertIn("ctxt_with_cancel", exported)
        strangers = {n for n in exported if not n.startswith(("ctxt_", "CTXTRACE_"))}
        self.assertEqual(strangers, set())

    def test_static_exports_only_its_prefix(self):
        exported = names("-g", os.path.join(self.library, "libctxtrace.a"))
        self.assertIn("ctxt_with_cancel", exported)
        self.assertEqual({n for n in exported if not n.startswith("ctxt_")}, set())

    def test_every_declared_function_is_exported(self):
        headers = os.path.join(self.prefix, "include", "ctxtrace")
        exported = names("-D", os.path.join(self.library, "libctxtrace.so"))
        text = ""
        for name in os.listdir(headers):
            with open(os.path.join(headers, name), encoding="utf-8") as file:
                text += file.read()
        declared = {part.split("(")[0].split()[-1].lstrip("*")
                    for part in text.split("\nCTXT_API ")[1:]}
        self.assertGreater(len(declared), 70)
        self.assertEqual(declared - exported, set())

    def test_links_no_reader(self):
        needed = run("readelf", "-d", os.path.join(self.library, "libctxtrace.so"))
        for name in ("sqlite", "ncurses", "libdw", "libelf", "jansson"):
            self.assertNotIn(name, needed)

    def test_shared(self):
        self.check_program(*self.flags("--cflags", "--libs"), f"-Wl,-rpath,{self.library}")

    def test_static(self):
        self.check_program(*self.flags("--cflags"), os.path.join(self.library, "libctxtrace.a"),
                           "-lunwind", "-pthread")

    def test_a_process_that_main_has_left_ends(self):
        program = os.path.join(self.directory.name, "loader")
        source = program + ".c"
        with open(source, "w", encoding="ascii") as file:
            file.write(LOADER)
        run("cc", "-Wall", "-Werror", *SANITIZER, source, "-o", program, "-pthread", "-ldl")
        self.assertEqual(run(program, os.path.join(self.library, "libctxtrace.so")), "done\n")

    def test_tools_and_manuals_are_installed(self):
        for path in ("bin/ctxtop", "bin/ctxreport", "share/man/man1/ctxtop.1",
                     "share/man/man1/ctxreport.1", "share/man/man3/ctxtrace.3"):
            self.assertTrue(os.path.exists(os.path.join(self.prefix, path)), path)


if __name__ == "__main__":
    unittest.main()
