#!/usr/bin/env python3
"""Text that programs choose: whatever they put into a name, no output makes a terminal do anything.

Programs of each kind carry hostile text in all that they name; every text begins with a word of its
own, by which it is looked for, so that a text that is lost on the way is not taken for a safe one.
"""

import json
import os
import shutil
import sqlite3
import struct
import subprocess
import unicodedata
import unittest
import xml.etree.ElementTree

from ctxreport_test import CTXREPORT, PATIENCE, ReportTest, fixture

CC, CTXTOP = os.environ["CC"], os.environ["CTXTOP"]
SANITIZED = bool(os.environ.get("CTXTRACE_SANITIZE"))
SOURCE, LIBRARY = os.environ["CTXTRACE_SOURCE"], os.environ["CTXTRACE_LIBRARY"]

# A title, colours, the 8-bit introducer, a new line, a turn of the writing direction, a separator
# of lines, a mark that nobody sees, and what is no UTF-8.
HOSTILE = (b"\x1b]0;title\x07\x1b[31m\xc2\x9b31m\r\n\t\x7f\xe2\x80\xae\xe2\x80\xa8\xef\xbb\xbf\xff"
           b"<b>&\"'%s")
FILE_HOSTILE = HOSTILE.replace(b"/", b"")

LINKED = r"""
#define _GNU_SOURCE
#include <ctxtrace/ctxtrace.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#define H HOSTILE
static const ctxt_key_t key = {"KEY" H};
static int socket_, pipe_[2];
static ctxt_chan_t *channel;
static int reads(ctxt_t *c, void *a) { char b; return (int)ctxt_read(c, pipe_[0], &b, 1) + !a; }
static int accepts(ctxt_t *c, void *a)
{ return ctxt_accept(c, socket_, NULL, NULL, 0) + !a; }
static int receives(ctxt_t *c, void *a) { char b; return ctxt_chan_receive(c, channel, &b) + !a; }
__attribute__((noinline)) void FUNCTION_________________(ctxt_t *parent)
{
    for (int i = 0; i < 3; i++)
        ctxt_set_name(ctxt_with_timeout(parent, 3600000000000), "%s%d", "CONTEXT" H, i);
}
#line 1 "FILE" SOURCE_HOSTILE
int main(int argc, char **argv)
{
    char byte;
    prctl(PR_SET_NAME, "COMM\033[3m\n");
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    snprintf(name.sun_path, sizeof name.sun_path, "%s", argv[argc > 2 ? 2 : 0]);
    socket_ = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    bind(socket_, (void *)&name, sizeof name);
    listen(socket_, 1);
    pipe2(pipe_, O_NONBLOCK);
    ctxt_t *top = ctxt_with_value(ctxt_background(), &key, "VALUE" H, NULL);
    ctxt_t *server = ctxt_with_cancel(top), *cancelled = ctxt_with_cancel(top);
    FUNCTION_________________(server);
    ctxt_cancel_cause(cancelled, 1, "%s", "CAUSE" H);
    ctxt_set_name(cancelled, "%s", "CANCELLED" H);
    channel = ctxt_chan_new(1, 0);
    ctxt_chan_set_name(channel, "%s", "CHANNEL" H);
    ctxt_task_function *const all[] = {reads, accepts, receives};
    for (int i = 0; i < 3; i++)
        ctxt_task_set_name(ctxt_go(server, all[i], NULL), "%s", "TASK" H);
    sleep(1);
    puts("ready");
    fflush(stdout);
    return (int)read(0, &byte, 1);
}
"""

PLAIN = r"""
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>
static pthread_mutex_t one = PTHREAD_MUTEX_INITIALIZER, two = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t both;
static void *cross(void *first)
{
    pthread_setname_np(pthread_self(), "COMM\033[3m\n");
    pthread_mutex_lock(first);
    pthread_barrier_wait(&both);
    pthread_mutex_lock(first == &one ? &two : &one);
    return NULL;
}
int main(void)
{
    pthread_t a, b;
    pthread_barrier_init(&both, NULL, 2);
    pthread_create(&a, NULL, cross, &one);
    pthread_create(&b, NULL, cross, &two);
    sleep(1);
    return 0;
}
"""

GO = r"""
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/pprof"
)

const hostile = GO_HOSTILE

type key string

func main() {
	ctx := context.WithValue(context.Background(), key("KEY"+hostile), "VALUE"+hostile)
	cancelled, cancel := context.WithCancelCause(ctx)
	cancel(errors.New("CAUSE" + hostile))
	labels := pprof.Labels("LABEL"+hostile, "SET"+hostile)
	for i := 0; i < 3; i++ {
		lost, _ := context.WithCancel(ctx)
		go pprof.Do(lost, labels, func(c context.Context) { <-c.Done() })
	}
	fmt.Println("ready")
	bufio.NewReader(os.Stdin).ReadString('\n')
	fmt.Println(cancelled)
}
"""


def quoted(text):
    return '"' + "".join(f"\\{byte:03o}" for byte in text) + '"'


def harmful(text):
    """The characters of an output that a terminal would act on."""
    return {character for character in text
            if unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp", "Cs")
            and character != "\n"}


def strings_of(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, item in value.items():
            yield name
            yield from strings_of(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings_of(item)


# Formats that are neither JSON nor binary.
LINES = ("github", "markdown", "junit", "folded", "suppressions")


class HostileText(ReportTest):
    def setUp(self):
        super().setUp()
        self.seen = ""
        self.hostile_directory = os.fsencode(self.directory) + b"/DIRECTORY" + FILE_HOSTILE
        os.mkdir(self.hostile_directory)

    def build(self, source, *flags):
        text = source.replace("SOURCE_HOSTILE", quoted(FILE_HOSTILE).replace('"', "", 1))
        text = text.replace('"FILE" ', '"FILE').replace(" HOSTILE\n", f" {quoted(HOSTILE)}\n")
        path = self.path("program.c")
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
        program = os.path.join(self.hostile_directory, b"PROGRAM" + FILE_HOSTILE)
        subprocess.run([CC, "-g", "-O1", "-o", program, path, *flags], check=True)
        with open(program, "r+b") as file:
            name = b"FUNCTION_________________"
            hostile = b"FUNCTION\x1b[31m\n\xc2\x9b\xe2\x80\xae\xff".ljust(len(name), b"_")
            content = file.read().replace(name, hostile)
            file.seek(0)
            file.write(content)
        return program

    def start(self, *command, **variables):
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.DEVNULL, cwd=self.directory,
                                   env=dict(self.environment, **variables))
        self.addCleanup(process.communicate)
        self.assertEqual(process.stdout.readline(), b"ready\n")
        return process

    def say(self, tool, *arguments):
        """Runs a tool; what it says is safe, and is kept to be searched."""
        result = subprocess.run([tool, *arguments], env=self.environment, cwd=self.directory,
                                capture_output=True, check=False, timeout=PATIENCE)
        shown = (os.path.basename(tool), arguments)
        for stream in (result.stdout, result.stderr):
            text = stream.decode("utf-8")
            self.assertFalse(harmful(text), shown)
            self.seen += text
        return result

    def say_json(self, tool, *arguments):
        """The same of a document, and of the strings in it when somebody else prints them."""
        result = self.say(tool, *arguments)
        for line in ([result.stdout] if tool == CTXREPORT else result.stdout.splitlines()):
            for text in strings_of(json.loads(line)):
                self.assertFalse(harmful(text), (arguments, text))
        return result

    def look_in_all_ways(self, target):
        report, other = self.path("r.db"), self.path("other.db")
        for options in ((), ("--show-values",)):
            self.say(CTXREPORT, "inspect", "--min-age=0s", "-o", report, *options, target)
            self.say_json(CTXREPORT, "inspect", "--json", "--min-age=0s", "-o", other, *options,
                          target)
            self.say_json(CTXREPORT, "inspect", "--format=sarif", "--min-age=0s", *options, target)
        self.say(CTXREPORT, "inspect", "--watch=10ms", "--count=3", target)
        self.say_reports(report, other)
        self.say(CTXREPORT, "list")
        self.say_json(CTXREPORT, "list", "--json")
        for options in ((), ("--show-values", "--system")):
            self.say(CTXTOP, "--batch", "--count=2", "--delay=0.05", "--width=400", "--view="
                     "contexts,objects,waiters,tasks,findings,events", *options, target)
            self.say(CTXTOP, "--batch", "--count=1", "--ascii", *options, target)
            self.say_json(CTXTOP, "--json", *options, target)

    def say_reports(self, *reports):
        for report in reports:
            self.say(CTXREPORT, "show", report)
            self.say_json(CTXREPORT, "export", report)
            self.say_json(CTXREPORT, "export", "--format=sarif", report)
            self.say_json(CTXREPORT, "export", "--format=gitlab", report)
            for form in LINES:
                shown = self.say(CTXREPORT, "show", "--format=" + form, report)
                if form == "junit":
                    xml.etree.ElementTree.fromstring(shown.stdout)
            self.assert_database_is_safe(report)
        self.say(CTXREPORT, "diff", *reports)
        self.say_json(CTXREPORT, "diff", "--json", *reports)

    def assert_database_is_safe(self, path):
        """Also to those who look with sqlite3."""
        database = sqlite3.connect(path)
        tables = database.execute("SELECT name FROM sqlite_schema WHERE type = 'table' OR type = "
                                  "'view' AND name <> 'read_me'").fetchall()
        for (table,) in tables:
            for row in database.execute(f"SELECT * FROM {table}"):
                for value in row:
                    if isinstance(value, str):
                        self.assertFalse(harmful(value), (table, value))
        database.close()

    def assert_seen(self, *words):
        missing = [word for word in words if word not in self.seen]
        self.assertFalse(missing)

    @unittest.skipIf(SANITIZED, "the library needs a sanitizer's runtime")
    def test_linked(self):
        program = self.build(LINKED, "-I" + os.path.join(SOURCE, "libctxtrace", "include"),
                             "-L" + LIBRARY, "-Wl,-rpath," + LIBRARY, "-lctxtrace", "-lpthread",
                             "-w")
        words = ("CONTEXT", "KEY", "CAUSE", "CANCELLED", "CHANNEL", "TASK", "FUNCTION",
                 "PROGRAM", "ARGUMENT", "DIRECTORY")
        socket = os.fsencode(self.directory) + b"/SOCKET" + FILE_HOSTILE[:12]
        process = self.start(program, b"ARGUMENT" + HOSTILE, socket, CTXTRACE="1")
        self.look_in_all_ways(str(process.pid))
        self.assert_seen("SOCKET", "FILE", *words)
        process.kill()
        process.communicate()
        [segment] = os.listdir(self.segments)
        self.seen = ""
        self.look_in_all_ways(os.path.join(self.segments, segment))
        self.assert_seen(*words)

    @unittest.skipIf(SANITIZED, "a preload built with a sanitizer cannot go anywhere")
    def test_plain(self):
        program = self.build(PLAIN, "-lpthread", "-w")
        report = self.path("r.db")
        for options in ((), ("--json",), ("--format=sarif",)):
            out = self.path("out")
            self.say(CTXREPORT, "run", "--to", out, "-o", report, *options, "--", program,
                     b"ARGUMENT" + HOSTILE)
            with open(out, encoding="utf-8") as file:
                text = file.read()
            self.assertFalse(harmful(text), options)
            self.seen += text
            for item in strings_of(json.loads(text) if options else []):
                self.assertFalse(harmful(item), item)
        shutil.copy(report, self.path("other.db"))
        self.say_reports(report, self.path("other.db"))
        self.assert_seen("PROGRAM", "ARGUMENT", "DIRECTORY", "COMM", "deadlock")
        self.say(CTXTOP, "--batch", "--", program)

    def test_what_is_not_recorded(self):
        """A static program, which cannot be: it is named in a loss."""
        source = self.path("static.c")
        with open(source, "w", encoding="ascii") as file:
            file.write("int main(void) { return 0; }\n")
        program = os.path.join(self.hostile_directory, b"STATIC" + FILE_HOSTILE)
        built = subprocess.run([CC, "-static", "-o", program, source], check=False,
                               capture_output=True)
        if built.returncode:
            self.skipTest("no static libc")
        self.say(CTXREPORT, "run", "--", program, b"ARGUMENT" + HOSTILE)
        self.say_json(CTXREPORT, "run", "--json", "--to=/dev/stdout", "--", program)
        self.say(CTXREPORT, "run", "--", "sh", "-c", '"$0"; true', program)
        self.assert_seen("STATIC")

    def test_go(self):
        go = shutil.which("go")
        if not go:
            self.skipTest("needs go")
        source = self.path("program.go")
        with open(source, "w", encoding="ascii") as file:
            text = "".join(f"\\x{byte:02x}" for byte in HOSTILE)
            file.write(GO.replace("GO_HOSTILE", f'"{text}"'))
        program = os.path.join(self.hostile_directory, b"PROGRAM" + FILE_HOSTILE)
        environment = dict(os.environ, GOFLAGS="", GOWORK="off", CGO_ENABLED="0")
        subprocess.run([go, "build", "-o", "program", source], check=True, env=environment,
                       cwd=self.directory)
        os.rename(self.path("program"), program)
        process = self.start(program, b"ARGUMENT" + HOSTILE)
        self.look_in_all_ways(str(process.pid))
        self.assert_seen("KEY", "VALUE", "CAUSE", "LABEL", "PROGRAM", "ARGUMENT", "DIRECTORY")

    def test_a_report_of_a_stranger(self):
        """Hostile in every text that a report has, one table after the other."""
        good = self.path("good.db")
        self.report("inspect", "-o", good, fixture("service"))
        text = HOSTILE.decode("utf-8", "replace")
        database = sqlite3.connect(good)
        columns = database.execute(
            "SELECT t.name, c.name FROM sqlite_schema AS t, pragma_table_info(t.name) AS c "
            "WHERE t.type = 'table' AND c.type = 'TEXT' AND c.pk = 0").fetchall()
        database.close()
        self.assertGreater(len(columns), 20)
        for table, column in columns:
            bad = self.path("bad.db")
            shutil.copy(good, bad)
            database = sqlite3.connect(bad)
            database.execute("PRAGMA ignore_check_constraints = ON")
            database.execute(f"UPDATE {table} SET {column} = {column} || ? || CAST(x'ff' AS TEXT)",
                             (text,))
            database.commit()
            database.close()
            for arguments in (("show", bad), ("export", bad), ("export", "--format=sarif", bad),
                              ("diff", "--json", good, bad),
                              *(("show", "--format=" + form, bad) for form in LINES)):
                result = self.say(CTXREPORT, *arguments)
                is_json = result.stdout[:1] == b"{" and arguments[1] != "--format=suppressions"
                document = result.stdout if is_json else b"{}"
                for item in strings_of(json.loads(document)):
                    self.assertFalse(harmful(item), (table, column, arguments, item))
        self.assert_seen("title")

    def test_names_of_what_cannot_be_read(self):
        """Sentences name files, too."""
        name = os.path.join(self.hostile_directory, b"TARGET" + FILE_HOSTILE)
        with open(name, "wb") as file:
            file.write(b"nothing\n")
        core = self.path("core")
        shutil.copyfile(self.core_of(name), core)
        missing = os.path.join(self.hostile_directory, b"MISSING" + FILE_HOSTILE)
        for target in (name, missing, core, self.hostile_directory):
            self.say(CTXREPORT, "inspect", target)
            self.say(CTXREPORT, "show", target)
            self.say(CTXREPORT, "inspect", "-o", target, self.path("no"))
            self.say(CTXREPORT, "inspect", "--to", target, self.path("no"))
            self.say(CTXREPORT, "run", "--", target)
            self.say(CTXTOP, "--batch", target)
            self.say(CTXTOP, target)
            self.say(CTXTOP, "--batch", "--", target)
        self.assert_seen("TARGET", "MISSING", "DIRECTORY")

    def core_of(self, executable):
        """A core that says that this file was its program."""
        def note(kind, content):
            padded = content + b"\0" * (-len(content) % 4)
            return struct.pack("<III", 5, len(content), kind) + b"CORE\0\0\0\0" + padded
        thread = bytearray(336)
        struct.pack_into("<i", thread, 32, 4242)
        files = struct.pack("<QQQQQ", 1, 4096, 0x400000, 0x500000, 0)
        notes = (note(1, bytes(thread)) + note(6, struct.pack("<QQQQ", 3, 0x400040, 0, 0)) +
                 note(0x46494c45, files + executable + b"\0"))
        page = 4096
        core = (b"\x7fELF\2\1\1" + bytes(9) +
                struct.pack("<HHIQQQIHHHHHH", 4, 62, 1, 0, 64, 0, 0, 64, 56, 2, 64, 0, 0) +
                struct.pack("<IIQQQQQQ", 4, 0, 176, 0, 0, len(notes), len(notes), 4) +
                struct.pack("<IIQQQQQQ", 1, 6, page, 0x400000, 0, 4096, 4096, 4096) + notes)
        path = self.path("made")
        with open(path, "wb") as file:
            file.write(core.ljust(page, b"\0") + b"\x7fELF" + bytes(4092))
        return path


if __name__ == "__main__":
    unittest.main(verbosity=2)
