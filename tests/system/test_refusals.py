"""What cannot be looked at gets one sentence that says what it is, what is missing, and what to do."""

import ctypes
import os
import platform
import shutil
import struct
import subprocess
import unittest

from ctxreport_test import CTXREPORT, FOUND, ReportTest, parse

GO_PROGRAMS = os.environ["CTXTRACE_GO_PROGRAMS"]
NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]

SAYS_READY = """
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>
int main(int argc, char **argv)
{
    char byte;
    if (argc > 1)
        prctl(PR_SET_DUMPABLE, 0);
    puts("ready");
    fflush(stdout);
    while (read(0, &byte, 1) > 0)
        ;
}
"""

GO_SAYS_READY = """
package main

import (
	"bufio"
	"fmt"
	"os"
)

func main() {
	fmt.Println("ready")
	bufio.NewReader(os.Stdin).ReadString('\\n')
}
"""


GO_LIBRARY = """
package main

import "C"
import "time"

//export Start
func Start() {
	go func(c chan int) { <-c }(make(chan int))
	time.Sleep(50 * time.Millisecond)
}

func main() {}
"""


def needs(*tools, root=False):
    if root and os.geteuid() != 0:
        return unittest.skip("needs root")
    missing = [tool for tool in tools if not shutil.which(tool)]
    return unittest.skipIf(missing, "needs " + ", ".join(missing))


def filter_out(*calls):
    """Makes system calls of these numbers fail with EPERM in this process and what it becomes."""
    def instruction(code, yes, no, value):
        return struct.pack("HBBI", code, yes, no, value)
    program = instruction(0x20, 0, 0, 0)  # load the number
    for index, call in enumerate(calls):
        program += instruction(0x15, len(calls) - index, 0, call)
    program += instruction(0x06, 0, 0, 0x7fff0000) + instruction(0x06, 0, 0, 0x00050001)
    code = ctypes.create_string_buffer(program)
    header = ctypes.create_string_buffer(
        struct.pack("HxxxxxxQ", len(program) // 8, ctypes.addressof(code)))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(38, 1, 0, 0, 0)
    if libc.prctl(22, 2, header, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "seccomp")


class RefusalTest(ReportTest):
    def compile(self, name, source, *command):
        path = self.path(name)
        suffix = ".go" if {"go", "gccgo"} & set(command) else ".c"
        with open(path + suffix, "w", encoding="utf-8") as file:
            file.write(source)
        environment = dict(os.environ, GOFLAGS="", GOWORK="off", CGO_ENABLED="0")
        while "=" in command[0]:
            variable, value = command[0].split("=", 1)
            environment[variable] = value
            command = command[1:]
        result = subprocess.run([*command, "-o", path, path + suffix], env=environment, text=True,
                                capture_output=True, check=False, cwd=self.directory)
        self.assertEqual(result.returncode, 0, result.stderr)
        return path

    def start(self, *command, **keywords):
        try:
            process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                       stderr=subprocess.DEVNULL, **keywords)
        except OSError as error:
            self.skipTest(f"cannot be run here: {error}")
        self.addCleanup(process.communicate)
        if process.stdout.readline() != b"ready\n":
            self.skipTest("cannot be run here")
        return process

    def inspect(self, target, *before, **keywords):
        tool = CTXREPORT
        if before:
            os.chmod(self.directory, 0o755)
            tool = shutil.copy(CTXREPORT, self.path("ctxreport"))
        return subprocess.run([*before, tool, "inspect", "--json", "--min-age=0s", str(target)],
                              text=True, capture_output=True, timeout=60, check=False, cwd="/",
                              env=self.environment, **keywords)


class Kinds(RefusalTest):
    """Programs of other toolchains and machines: alive, as files, and what claims to be their core."""

    @needs("go")
    def test_32_bit(self):
        path = self.compile("small", GO_SAYS_READY, "GOARCH=386", "go", "build")
        self.assert_refused(self.inspect(path), path, "32-bit program for x86", "GOARCH=amd64")
        process = self.start(path)
        self.assert_refused(self.inspect(process.pid), path, "32-bit program for x86",
                            "GOARCH=amd64")

    @needs("go")
    def test_arm64(self):
        path = self.compile("arm", GO_SAYS_READY, "GOARCH=arm64", "go", "build")
        self.assert_refused(self.inspect(path), path, "arm64", "GOARCH=amd64")

    @needs("gccgo")
    def test_gccgo(self):
        for name, flags in (("shared", ()), ("own", ("-static-libgo",)), ("static", ("-static",)),
                            ("stripped", ("-static-libgo", "-s"))):
            with self.subTest(name):
                path = self.compile(name, GO_SAYS_READY, "gccgo", *flags)
                process = self.start(path)
                self.assert_refused(self.inspect(process.pid), path, "gccgo", "-compiler=gc")

    @needs("go")
    def test_no_release(self):
        """As garble leaves it: build information that says "unknown", and no debug information."""
        path = self.compile("garbled", GO_SAYS_READY, "go", "build", "-ldflags=-s -w")
        with open(path, "r+b") as file:
            data = file.read()
            at = data.index(b"\xff Go buildinf:") + 32
            length = data[at]
            self.assertTrue(data[at + 1:].startswith(b"go1."))
            file.seek(at + 1)
            file.write(b"unknown".ljust(length))
        process = self.start(path)
        self.assert_refused(self.inspect(process.pid), path, "names no release", "unknown", "garble")

    @needs("go")
    def test_damaged_debug_information(self):
        """What it would say is taken from the table of the release, and the report says so."""
        path = self.compile("damaged", GO_SAYS_READY, "go", "build", "-ldflags=-compressdwarf=0")
        result = self.inspect(self.start(path).pid)
        self.assertNotIn("debug information", result.stdout)
        sections = subprocess.run(["readelf", "-SW", path], capture_output=True, text=True,
                                  check=True).stdout
        offset, size = next((int(words[3], 16), int(words[4], 16)) for words in
                            (line.partition("]")[2].split() for line in sections.splitlines())
                            if words and words[0] == ".debug_abbrev")
        os.rename(path, path + "2")
        shutil.copy(path + "2", path)
        with open(path, "r+b") as file:
            file.seek(offset)
            file.write(b"\xff" * size)
        result = self.inspect(self.start(path).pid)
        self.assertEqual(result.returncode, 0, result.stderr)
        program = parse(result.stdout)["runs"][0]["programs"][0]
        losses = {loss["what"]: loss for loss in program["losses"]}
        self.assertIn("it is damaged", losses["places in the debug information"]["why"])
        self.assertGreater(program["task_count"], 0)

    @needs("go", "cc")
    def test_go_in_a_c_program(self):
        """As a shared library it is named; as an archive it is read."""
        with open(self.path("lib.go"), "w", encoding="utf-8") as file:
            file.write(GO_LIBRARY)
        environment = dict(os.environ, GOFLAGS="", GOWORK="off", CGO_ENABLED="1")
        for mode, name in (("c-shared", "libgo.so"), ("c-archive", "libgo.a")):
            subprocess.run(["go", "build", "-buildmode=" + mode, "-o", self.path(name),
                            self.path("lib.go")], check=True, env=environment,
                           cwd=self.directory)
        source = SAYS_READY.replace("puts(", "extern void Start(void); Start(); puts(")
        path = self.compile("shared", source, "cc", "-w", "-L" + self.directory,
                            "-Wl,-rpath," + self.directory, "-Wl,--no-as-needed",
                            "-l:libgo.so")
        process = self.start(path)
        self.assert_refused(self.inspect(process.pid), self.path("libgo.so"), "c-archive")
        path = self.compile("linked", source + "#include <pthread.h>\n", "cc", "-w",
                            "-Wl,--whole-archive", self.path("libgo.a"),
                            "-Wl,--no-whole-archive", "-pthread")
        process = self.start(path)
        result = self.inspect(process.pid)
        self.assertEqual(result.returncode, FOUND, result.stderr)
        findings = parse(result.stdout)["runs"][0]["programs"][0]["findings"]
        self.assertEqual([(finding["rule"], finding["confidence"]) for finding in findings],
                         [("leaked-task", "proved")])

    @needs("cc")
    def test_tinygo(self):
        """What its compiler leaves: a function of its runtime by name."""
        source = SAYS_READY + "void tinygo_startTask(void) {}\n"
        path = self.compile("tiny", source, "cc", "-w")
        process = self.start(path)
        self.assert_refused(self.inspect(process.pid), path, "TinyGo", "Go's own compiler")

    @needs("cc")
    def test_packed(self):
        """A packer's mark in the file's head, over a program that says nothing of itself."""
        path = self.compile("packed", SAYS_READY, "cc", "-s")
        with open(path, "r+b") as file:
            head = file.read(4096)
            headers = struct.unpack_from("<H", head, 56)[0]
            at = 64 + 56 * headers
            file.seek(at - 56)  # the last program header gives way: PT_NULL, then the mark
            file.write(b"\0" * 16 + b"UPX!")
        process = self.start(path)
        self.assert_refused(self.inspect(process.pid), path, "UPX", "upx -d")

    @needs("cc")
    def test_plain_c(self):
        path = self.compile("plain", SAYS_READY, "cc", "-w")
        process = self.start(path)
        self.assert_refused(self.inspect(process.pid), "is not recorded", "ctxreport run")
        self.assert_refused(self.inspect(path), "is an executable", "core")

    def foreign_core(self, bits, machine):
        path = self.path("core")
        with open(path, "wb") as file:
            file.write(b"\x7fELF" + bytes([bits // 32, 1, 1]) + bytes(9) +
                       struct.pack("<HHI", 4, machine, 1) + bytes(40))
        return path

    def test_foreign_cores(self):
        for bits, machine, name in ((32, 3, "32-bit program for x86"), (64, 183, "arm64"),
                                    (64, 243, "riscv")):
            with self.subTest(name):
                self.assert_refused(self.inspect(self.foreign_core(bits, machine)), name)

    def core_of(self, executable):
        """The smallest core that names its program: a thread, its program headers, one page."""
        def note(kind, content):
            padded = content + b"\0" * (-len(content) % 4)
            return struct.pack("<III", 5, len(content), kind) + b"CORE\0\0\0\0"[:8] + padded
        thread = bytearray(336)
        struct.pack_into("<i", thread, 32, 4242)
        files = struct.pack("<QQQQQ", 1, 4096, 0x400000, 0x500000, 0)
        notes = (note(1, bytes(thread)) + note(3, bytes(136)) +
                 note(6, struct.pack("<QQQQ", 3, 0x400040, 0, 0)) +
                 note(0x46494c45, files + os.fsencode(executable) + b"\0"))
        start = 64 + 2 * 56
        page = (start + len(notes) + 4095) & ~4095
        core = (b"\x7fELF\2\1\1" + bytes(9) +
                struct.pack("<HHIQQQIHHHHHH", 4, 62, 1, 0, 64, 0, 0, 64, 56, 2, 64, 0, 0) +
                struct.pack("<IIQQQQQQ", 4, 0, start, 0, 0, len(notes), len(notes), 4) +
                struct.pack("<IIQQQQQQ", 1, 6, page, 0x400000, 0, 4096, 4096, 4096) + notes)
        path = self.path("core")
        with open(path, "wb") as file:
            file.write(core.ljust(page, b"\0") + b"\x7fELF" + bytes(4092))
        return path

    def test_cores_that_name_no_file(self):
        """A FIFO would block whoever opens it, and a device is not to be touched."""
        os.mkfifo(self.path("pipe"))
        os.symlink("pipe", self.path("link"))
        for name in (self.path("pipe"), self.path("link"), self.directory, "/dev/zero"):
            with self.subTest(name):
                result = self.inspect(self.core_of(name))
                self.assert_refused(result, name, "not a regular file")

    def test_a_report(self):
        with open(self.path("report.db"), "wb") as file:
            file.write(b"SQLite format 3\0")
        self.assert_refused(self.inspect(self.path("report.db")), "is a report", "ctxreport show")

    def test_segment_that_was_not_finished(self):
        """What a program leaves that is killed while it begins to record: the magic comes last."""
        with open(self.path("12-34-0.ctxt"), "wb") as file:
            file.truncate(8192)
        self.assert_refused(self.inspect(self.path("12-34-0.ctxt")), "was not finished",
                            "nothing is recorded in it", "remove it")


class Rights(RefusalTest):
    @needs("cc", "setpriv", root=True)
    def test_another_user(self):
        process = self.start(self.compile("plain", SAYS_READY, "cc", "-w"))
        self.assert_refused(self.inspect(process.pid, *NOBODY), "no permission",
                            "belongs to user 0")

    @needs("cc", "setpriv", root=True)
    def test_not_dumpable(self):
        os.chmod(self.directory, 0o755)
        process = self.start(*NOBODY, self.compile("plain", SAYS_READY, "cc", "-w"), "hide")
        self.assert_refused(self.inspect(process.pid, *NOBODY), "not dumpable", "PR_SET_DUMPABLE",
                            "as root")

    @needs("cc", "setpriv", root=True)
    def test_missing_capability(self):
        os.chmod(self.directory, 0o755)
        process = self.start(*NOBODY, self.compile("plain", SAYS_READY, "cc", "-w"))
        self.assert_refused(
            self.inspect(process.pid, "setpriv", "--bounding-set=-sys_ptrace"),
            "root lacks CAP_SYS_PTRACE", "--cap-add=SYS_PTRACE")

    @needs("cc", "setpriv", root=True)
    def test_executable_that_may_not_be_read(self):
        os.chmod(self.directory, 0o755)
        path = self.compile("plain", SAYS_READY, "cc", "-w")
        os.chmod(path, 0o711)
        process = self.start(*NOBODY, path)
        # Such a process is dumpable where fs.suid_dumpable is 1; then it is only the file.
        self.assert_refused(self.inspect(process.pid, *NOBODY), "read", "ermission", "as root")

    @needs("go")
    @unittest.skipUnless(platform.machine() == "x86_64", "numbers of system calls")
    def test_a_filter_of_our_own(self):
        """Reading goes on through a file; what needs a stop is not claimed, and says why."""
        path = self.compile("leaks", self.leaking_source(), "go", "build")
        process = self.start(path)
        read_by_file = self.inspect(process.pid, preexec_fn=lambda: filter_out(310))
        self.assertEqual(read_by_file.returncode, FOUND, read_by_file.stderr)
        without_stop = self.inspect(process.pid, preexec_fn=lambda: filter_out(310, 101))
        program = parse(without_stop.stdout)["runs"][0]["programs"][0]
        self.assertGreater(program["task_count"], 15)
        self.assertNotIn("proved", {finding["confidence"] for finding in program["findings"]})
        self.assertIn("a seccomp filter forbids ptrace", str(program["losses"]))

    @staticmethod
    def leaking_source():
        with open(os.path.join(GO_PROGRAMS, "leaks.go"), encoding="utf-8") as file:
            return file.read()


class Places(RefusalTest):
    @needs("unshare", root=True)
    def test_proc_of_another_pid_namespace(self):
        self.assert_refused(self.inspect(1, "unshare", "--pid", "--fork"), "/proc",
                            "--mount-proc")

    @needs("unshare", root=True)
    def test_a_number_that_this_pid_namespace_does_not_have(self):
        result = self.inspect(4194303, "unshare", "--pid", "--fork", "--mount-proc")
        self.assert_refused(result, "there is no process 4194303", "in this PID namespace")

    def test_ended_but_not_waited_for(self):
        pid = os.fork()
        if pid == 0:
            os._exit(0)
        self.addCleanup(os.waitpid, pid, 0)
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        self.assert_refused(self.inspect(pid), str(pid), "has ended")

    @unittest.skipUnless(os.path.isdir("/proc/2"), "needs a thread of the kernel to be seen")
    def test_thread_of_the_kernel(self):
        with open("/proc/2/status", encoding="utf-8") as file:
            if "kthreadd" not in file.readline():
                self.skipTest("process 2 is a program here")
        self.assert_refused(self.inspect(2), "thread of the kernel")


if __name__ == "__main__":
    unittest.main()
