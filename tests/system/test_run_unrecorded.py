#!/usr/bin/env python3
"""ctxreport run: what ran and was not recorded is named with the reason, and nothing else is."""

import os
import shutil
import signal
import subprocess
import sys
import unittest

from ctxreport_test import INCOMPLETE, NOTHING_FOUND, PROGRAMS, ReportTest, parse

# Says that it is there, and waits until its standard input ends.
WAITING = """
#include <unistd.h>
int main(void)
{
    char byte = '\\n';
    if (write(1, &byte, 1) != 1)
        return 1;
    while (read(0, &byte, 1) > 0)
        ;
    return 0;
}
"""

# Becomes the program that its arguments name: with its environment, with one of its own, or with
# what `run` gave it taken out, or put in once more.
HOP = """
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifndef PRELOAD
#define PRELOAD NULL
#endif
extern char **environ;
int main(int argc, char **argv)
{
    char *none[] = {NULL};
    if (argc < 2)
        return 0;
    if (strstr(argv[0], "/without"))
        setenv("AGAIN", getenv("LD_PRELOAD"), 1), unsetenv("LD_PRELOAD");
    if (PRELOAD)
        setenv("LD_PRELOAD", PRELOAD, 1);
    execve(argv[1], argv + 1, strstr(argv[0], "/bare") ? none : environ);
    return 126;
}
"""

# Forbids itself a system call that nobody makes, and becomes the program that its arguments name;
# or a child of it does.
FORBIDDING = """
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#ifndef CALL
#define CALL SYS_reboot
#endif
extern char **environ;
int main(int argc, char **argv)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, CALL, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {4, filter};
    int status = 0;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, 2, &program, 0, 0))
        return 1;
#ifdef FORKS
    if (fork())
        return wait(&status) < 0 || status;
#endif
    execve(argv[1], argv + 1, environ);
    return 126;
}
"""

# The same for 32-bit x86 without a libc, which need not be installed: exit(0).
BARE_32_BIT = """
__asm__(".globl _start\\n_start: movl $1, %eax\\n xorl %ebx, %ebx\\n int $0x80\\n");
"""

GO_PROGRAM = """package main
func main() {}
"""


@unittest.skipIf(os.environ.get("CTXTRACE_SANITIZE"),
                 "a preload built with a sanitizer cannot go anywhere")
@unittest.skipUnless(shutil.which("cc"), "there is no compiler to make the programs with")
class Unrecorded(ReportTest):
    def compile(self, name, source, *flags):
        path = self.path(name)
        with open(path + ".c", "w", encoding="utf-8") as file:
            file.write(source)
        result = subprocess.run(["cc", "-o", path, path + ".c", *flags], text=True,
                                capture_output=True, check=False)
        if result.returncode:
            self.skipTest(f"{name} cannot be built here: " + result.stderr.splitlines()[0])
        return path

    def assert_quiet_as_alone(self, path, *command):
        """Its output is what it is without us: no loader complains."""
        alone = subprocess.run(command or (path,), stdin=subprocess.DEVNULL, capture_output=True,
                               check=False)
        for shell in ((), ("sh", "-c", f"{' '.join(command or (path,))}; true")):
            run = self.report("run", "--to=r.txt", "--", *(shell or command or (path,)),
                              stdin=subprocess.DEVNULL)
            self.assertEqual((run.stdout, run.stderr),
                             (alone.stdout.decode(), alone.stderr.decode()))

    def static_program(self):
        return self.compile("static", WAITING, "-static")

    def run_command(self, *command, **keywords):
        """Runs it; returns the run of the JSON report and its exit status."""
        for stream in ("stdin", "stdout", "stderr"):
            keywords.setdefault(stream, subprocess.DEVNULL)
        result = self.report("run", "--json", "--to=r.json", "--", *command, **keywords)
        with open(self.path("r.json"), encoding="utf-8") as file:
            report = parse(file.read())
        self.assertEqual(report["exit_status"], result.returncode)
        return report["runs"][0], result.returncode

    def assert_named(self, run_and_status, path, *words, count=1):
        run, status = run_and_status
        self.assertEqual(status, INCOMPLETE, run["losses"])
        self.assertEqual(len(run["losses"]), 1, run["losses"])
        loss = run["losses"][0]
        self.assertEqual((loss["what"], loss["count"]), ("programs", count))
        for word in (path, *words):
            self.assertIn(word, loss["why"])

    # ---- the command ----

    def test_static(self):
        path = self.static_program()
        self.assert_named(self.run_command(path), path, "linked statically")

    def test_another_libc(self):
        """A loader of another name stands for another libc; into musl's the preload does not fit."""
        loader = self.path("ld-musl-x86_64.so.1")
        os.symlink("/lib64/ld-linux-x86-64.so.2", loader)
        path = self.compile("musl", WAITING, "-Wl,--dynamic-linker=" + loader)
        self.assert_named(self.run_command(path), path, "another libc", "musl")

    @unittest.skipUnless(shutil.which("musl-gcc"), "needs musl-gcc")
    def test_musl(self):
        """It starts, which it does not with a preload that is made for glibc."""
        with open(self.path("m.c"), "w", encoding="utf-8") as file:
            file.write(WAITING)
        path = self.path("musl")
        subprocess.run(["musl-gcc", "-o", path, self.path("m.c")], check=True)
        self.assert_named(self.run_command(path), path, "another libc")
        self.assert_named(self.run_command("sh", "-c", f"{path}; true"), path, "another libc")
        self.assert_quiet_as_alone(path)

    def test_32_bit(self):
        path = self.compile("small", BARE_32_BIT, "-m32", "-nostdlib", "-static")
        if subprocess.run([path], check=False).returncode:
            self.skipTest("this kernel does not run 32-bit programs")
        self.assert_named(self.run_command(path), path, "32-bit")

    def test_32_bit_with_a_loader(self):
        """Which would complain about a library of 64 bits on standard error."""
        path = self.compile("small", WAITING, "-m32")
        if subprocess.run([path], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          check=False).returncode:
            self.skipTest("this kernel does not run 32-bit programs")
        self.assert_named(self.run_command(path), path, "32-bit")
        self.assert_named(self.run_command("sh", "-c", f"{path}; true"), path, "32-bit")
        self.assert_quiet_as_alone(path)

    def set_user_id_program(self, user, source=WAITING):
        path = self.compile("raised", source)
        if os.statvfs(path).f_flag & os.ST_NOSUID:
            self.skipTest("nothing is set-user-ID in the directory of temporary files")
        os.chmod(self.directory, 0o755)
        os.chown(path, user, user)
        os.chmod(path, 0o4755)
        return path

    @unittest.skipUnless(os.geteuid() == 0, "needs root: another owner")
    def test_set_user_id(self):
        path = self.set_user_id_program(65534)
        self.assert_named(self.run_command(path), path, "set-user-ID", "what it starts")

    @unittest.skipUnless(os.geteuid() == 0, "needs root: another user")
    def test_set_user_id_for_who_calls_it(self):
        """It is root's, and we are root; but it is another user who calls it."""
        path = self.set_user_id_program(0)
        self.assert_named(self.run_command("sh", "-c", f"setpriv --reuid=65534 {path}"), path,
                          "set-user-ID")
        self.environment["PATH"] = self.directory + ":" + os.environ["PATH"]
        self.assert_named(self.run_command("sh", "-c", "setpriv --reuid=65534 raised"), path,
                          "set-user-ID")
        run, status = self.run_command("sh", "-c", f"{path}; true")
        self.assertEqual((status, run["losses"]), (NOTHING_FOUND, []))

    @unittest.skipUnless(os.geteuid() == 0, "needs root: another user")
    def test_two_identities(self):
        """The effective user is not the real one: the loader preloads nothing."""
        path = self.compile("plain", WAITING)
        os.chmod(self.directory, 0o755)
        code = f"import os; os.seteuid(65534); os.execv({path!r}, [{path!r}])"
        self.assert_named(self.run_command(sys.executable, "-c", code), path, "real one")

    @unittest.skipUnless(os.geteuid() == 0, "needs root: another user")
    def test_another_user(self):
        """Who may not write to the directory; that it was started is noted nevertheless."""
        path = self.compile("plain", WAITING)
        os.chmod(self.directory, 0o755)
        code = ("import os; os.setresgid(65534, 65534, 65534); os.setresuid(65534, 65534, 65534); "
                f"os.execv({path!r}, [{path!r}])")
        self.assert_named(self.run_command(sys.executable, "-c", code), path, "user 65534",
                          "may not write")

    @unittest.skipUnless(os.geteuid() == 0, "needs root: another user")
    def test_another_user_without_descriptors(self):
        """As sudo does: nothing is noted, but the segment of who did it shows that it was done."""
        path = self.compile("plain", WAITING)
        os.chmod(self.directory, 0o755)
        code = ("import os; os.setresgid(65534, 65534, 65534); os.setresuid(65534, 65534, 65534); "
                f"os.closerange(3, 1100); os.execv({path!r}, [{path!r}])")
        self.assert_named(self.run_command(sys.executable, "-c", code), "python", "became",
                          "is not known")

    def test_no_room(self):
        """Recording was on, and its segment could not be made: why, the kernel has said."""
        path = self.compile("threaded", """
#include <pthread.h>
static void *nothing(void *argument) { return argument; }
int main(void)
{
    pthread_t thread;
    return pthread_create(&thread, NULL, nothing, NULL) || pthread_join(thread, NULL);
}
""", "-pthread")
        self.assert_named(self.run_command("sh", "-c", f"ulimit -f 1; {path}"), path,
                          "could make no segment", "File too large")

    def test_ended_before_it_could_begin(self):
        """By its loader, since a library is missing."""
        self.compile("libneeded.so", "void needed(void) {}\n", "-shared", "-fPIC")
        path = self.compile("needy", "void needed(void);\nint main(void) { needed(); return 0; }\n",
                            "-L" + self.directory, "-lneeded", "-Wl,-rpath," + self.directory)
        os.unlink(self.path("libneeded.so"))
        run, status = self.run_command(path)
        self.assertEqual(status, 127)
        self.assertEqual(len(run["losses"]), 1, run["losses"])
        self.assertIn("ended before one could begin", run["losses"][0]["why"])

    @unittest.skipUnless(shutil.which("go"), "needs go")
    def test_go(self):
        """Static, and dynamic: of the latter the threads are recorded, but no goroutines."""
        with open(self.path("m.go"), "w", encoding="utf-8") as file:
            file.write(GO_PROGRAM)
        for name, flags in (("plain", ()), ("external", ("-ldflags=-linkmode=external",))):
            path = self.path(name)
            subprocess.run(["go", "build", *flags, "-o", path, self.path("m.go")], check=True,
                           cwd=self.directory, env=dict(os.environ, GOFLAGS="", GOWORK="off"))
            with self.subTest(name):
                self.assert_named(self.run_command(path), path, "Go program", "inspect PID")

    def test_script(self):
        interpreter = self.static_program()
        script = self.path("script")
        with open(script, "w", encoding="utf-8") as file:
            file.write("#!" + interpreter + "\n")
        os.chmod(script, 0o755)
        self.assert_named(self.run_command(script), script, "script", interpreter, "statically")

    # ---- what it starts ----

    def test_children_and_what_it_becomes(self):
        path = self.static_program()
        for command, count in ((("sh", "-c", f"{path}; {path}; true"), 2),
                               (("sh", "-c", f"exec {path}"), 1),
                               (("sh", "-c", f"sh -c 'exec {path}' & wait"), 1)):
            with self.subTest(command):
                self.assert_named(self.run_command(*command), path, "statically", count=count)

    def test_each_way_to_start_a_program(self):
        path = self.static_program()
        caller = self.compile("caller", """
#include <libgen.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <fcntl.h>
extern char **environ;
int main(int argc, char **argv)
{
    char *arguments[] = {argv[2], NULL};
    pid_t pid = 0;
    if (strncmp(argv[1], "exec", 4) && strncmp(argv[1], "fexec", 5)) {
        if (!strcmp(argv[1], "posix_spawn"))
            posix_spawn(&pid, argv[2], NULL, NULL, arguments, environ);
        if (!strcmp(argv[1], "posix_spawnp"))
            posix_spawnp(NULL, argv[2], NULL, NULL, arguments, environ);
        if (!strcmp(argv[1], "system"))
            return system(argv[2]);
        if (!strcmp(argv[1], "popen"))
            return pclose(popen(argv[2], "r"));
        return wait(NULL) < 0;
    }
    pid = strstr(argv[1], "vfork") ? vfork() : fork();
    if (pid == 0) {
        if (!strcmp(argv[1], "execv-vfork"))
            execv(argv[2], arguments);
        if (!strcmp(argv[1], "execve"))
            execve(argv[2], arguments, environ);
        if (!strcmp(argv[1], "execvp"))
            execvp(argv[2], arguments);
        if (!strcmp(argv[1], "execvpe"))
            execvpe(argv[2], arguments, environ);
        if (!strcmp(argv[1], "execl"))
            execl(argv[2], argv[2], "a", "b", (char *)NULL);
        if (!strcmp(argv[1], "execlp"))
            execlp(argv[2], argv[2], (char *)NULL);
        if (!strcmp(argv[1], "execle"))
            execle(argv[2], argv[2], "a", (char *)NULL, environ);
        if (!strcmp(argv[1], "fexecve"))
            fexecve(open(argv[2], O_RDONLY | O_CLOEXEC), arguments, environ);
        if (!strcmp(argv[1], "execveat-place"))
            execveat(open(dirname(strdup(argv[2])), O_PATH | O_CLOEXEC), basename(argv[2]), arguments,
                     environ, 0);
        if (!strcmp(argv[1], "execveat"))
            execveat(open(argv[2], O_RDONLY | O_CLOEXEC), "", arguments, environ, AT_EMPTY_PATH);
        _exit(127);
    }
    int status;
    waitpid(pid, &status, 0);
    return status;
}
""", "-D_GNU_SOURCE", "-w")
        for way in ("execv-vfork", "execve", "execvp", "execvpe", "execl", "execlp", "execle",
                    "fexecve", "execveat", "execveat-place", "posix_spawn", "posix_spawnp", "system", "popen"):
            with self.subTest(way):
                self.assert_named(self.run_command(caller, way, path), path, "statically")
                run, status = self.run_command(caller, way, shutil.which("true"))
                self.assertEqual((status, run["losses"]), (NOTHING_FOUND, []))

    def test_an_environment_of_its_own(self):
        true = shutil.which("true")
        for words, reason in ((("-i",), "without the environment"),
                              (("-u", "LD_PRELOAD"), "without the preload"),
                              (("CTXTRACE=0",), "CTXTRACE=0"),
                              (("CTXTRACE_DIR=" + self.directory,), "another CTXTRACE_DIR")):
            with self.subTest(words):
                self.assert_named(self.run_command("env", *words, true), true, reason)

    # ---- one process, several programs in a row ----

    def hops(self):
        """Programs that become the one that their arguments name: in what way says their name."""
        return {"plain": self.compile("plain", HOP), "other": self.compile("other", HOP),
                "static": self.compile("static", HOP, "-static"),
                "without": self.compile("without", HOP),
                "again": self.compile("again", HOP, "-DPRELOAD=getenv(\"AGAIN\")"),
                "bare": self.compile("bare", HOP)}

    def assert_chain(self, chain, recorded, missing, *words):
        """All of them in one process: these are in the report, and this one is missing."""
        hops = self.hops()
        run, status = self.run_command(*(hops[name] for name in chain.split()))
        self.assertEqual([os.path.basename(program["executable"]) for program in run["programs"]],
                         recorded.split())
        if not missing:
            self.assertEqual((status, run["losses"]), (NOTHING_FOUND, []))
            return
        self.assert_named((run, status), hops[missing], "may be missing, too", *words)

    def test_one_that_is_not_recorded_between_two_that_are(self):
        """The recorder of the second does not stand for it."""
        self.assert_chain("plain static other", "plain other", "static", "statically")
        self.assert_chain("static other", "other", "static", "statically")
        self.assert_chain("plain static static other", "plain other", "static", "statically")
        self.assert_chain("plain static", "plain", "static", "statically")
        self.assert_chain("static", "", "static", "statically")
        self.assert_chain("plain other plain", "plain other plain", None)

    def test_the_same_file_with_the_preload_and_without(self):
        """`without` takes the preload out of the environment, `again` puts it in once more."""
        self.assert_chain("without again other", "without other", "again", "without the preload")
        self.assert_chain("without again again", "without again", "again", "without the preload")
        self.assert_chain("without other", "without", "other", "without the preload")
        self.assert_chain("plain bare other", "plain bare", "other", "without the environment")

    def test_names_alike(self):
        """Both are called `same`, and the first is found through PATH."""
        hops = self.hops()
        for name, hop in (("one", "static"), ("two", "other")):
            os.mkdir(self.path(name))
            os.rename(hops[hop], self.path(name + "/same"))
        self.environment["PATH"] = self.path("one") + ":" + os.environ["PATH"]
        self.assert_named(self.run_command("env", "same", self.path("two/same")),
                          self.path("one/same"), "statically")
        self.assert_named(self.run_command("same", self.path("two/same")),
                          self.path("one/same"), "statically")

    @unittest.skipUnless(os.geteuid() == 0, "needs root: another owner")
    def test_set_user_id_between(self):
        path, hops = self.set_user_id_program(65534, HOP), self.hops()
        for first in (), (hops["plain"],):
            self.assert_named(self.run_command(*first, path, hops["other"]), path, "set-user-ID",
                              "what it starts")

    def test_system_calls_forbidden_between(self):
        """It notes in memory what it becomes, and what its children do; each is in the report once."""
        hops, forbidding = self.hops(), self.compile("forbidding", FORBIDDING)
        parent = self.compile("parent", FORBIDDING, "-DFORKS")
        for first, recorded in ((forbidding, ["forbidding"]), (parent, ["parent"])):
            for before in (), (hops["plain"],):
                names = recorded + [os.path.basename(path) for path in before]
                self.assert_named(self.run_command(*before, first, hops["static"], hops["other"]),
                                  hops["static"], "statically")
                self.assert_named(self.run_command(*before, first, "./static"), "./static",
                                  "statically")
                run, status = self.run_command(*before, first, hops["other"])
                self.assertEqual((status, run["losses"]), (NOTHING_FOUND, []))
                self.assertEqual(sorted(os.path.basename(program["executable"])
                                        for program in run["programs"]), sorted(names + ["other"]))
                run, _ = self.run_command(*before, first, "/no/such/program")
                self.assertEqual(run["losses"], [])
        for call in "getpid", "mmap", "getcwd":  # which noting would make otherwise
            first = self.compile("forbidding", FORBIDDING, "-DCALL=SYS_" + call)
            self.assert_named(self.run_command(first, hops["static"]), hops["static"])

    def test_ways_to_name_a_program(self):
        """However the kernel is told which file it is, its recorder is known to be its own."""
        plain = self.hops()["plain"]
        os.symlink(plain, self.path("link"))
        with open(self.path("text"), "w", encoding="utf-8") as file:
            file.write("exit 0\n")
        os.chmod(self.path("text"), 0o755)
        shutil.copy(self.path("text"), self.path("script"))
        with open(self.path("script"), "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\nexit 0\n")
        self.environment["PATH"] = ":" + os.environ["PATH"]
        for command in (("./link",), ("env", "./link"), ("env", "../" + os.path.basename(
                            self.directory) + "/plain"), ("env", "link"), ("env", "script"),
                        ("env", "text"), ("script",),
                        (sys.executable, "-c", f"import os; os.execve(os.open({plain!r}, 0), "
                         "['x'], os.environ)"),
                        (sys.executable, "-c", "import os; script = os.open('script', 0); "
                         "os.set_inheritable(script, True); os.execve(script, ['x'], os.environ)"),
                        (sys.executable, "-c", "import os; os.posix_spawn('./link', ['x'], "
                         "os.environ); os.posix_spawnp('link', ['x'], os.environ); os.wait(); "
                         "os.wait()")):
            with self.subTest(command):
                run, status = self.run_command(*command, cwd=self.directory)
                self.assertEqual((status, run["losses"]), (NOTHING_FOUND, []))

    # ---- what lives ----

    def leave_behind(self, program, *before):
        """Runs a shell that ends when the program in its background is there; gives its pid, too."""
        os.mkfifo(self.path("fifo"))
        holder = os.open(self.path("fifo"), os.O_RDWR)
        self.addCleanup(os.close, holder)
        script = f"{program} < fifo > there & echo $! > pid; until [ -s there ]; do sleep 0.01; done"
        run, status = self.run_command(*before, "sh", "-c", script)
        with open(self.path("pid"), encoding="utf-8") as file:
            pid = int(file.read())
        self.addCleanup(os.kill, pid, signal.SIGKILL)
        self.assertEqual(status, INCOMPLETE)
        return [loss["why"] for loss in run["losses"]], pid

    def test_alive_at_the_end(self):
        path = self.static_program()
        losses, pid = self.leave_behind(path)
        self.assertEqual(len(losses), 1, losses)
        self.assertIn(f"{path} is linked statically", losses[0])
        self.assertIn(f"still runs as process {pid}", losses[0])

    def test_the_child_of_one_that_is_not_recorded(self):
        """It comes to light because it has the run's directory in its environment."""
        losses, pid = self.leave_behind(self.static_program(), "env", "-u", "LD_PRELOAD")
        self.assertEqual(len(losses), 2, losses)
        self.assertIn(f"still runs as process {pid}", losses[0])
        self.assertIn("without the preload", losses[1])

    def test_alive_and_recorded_after_one_that_is_not(self):
        """In the same process: what it was is not what still runs."""
        path, waiting = self.hops()["static"], self.compile("waiting", WAITING)
        losses, pid = self.leave_behind(f"{path} {waiting}")
        self.assertEqual(len(losses), 2, losses)
        self.assertIn(f"{waiting} still runs as process {pid}, and is reported", losses[0])
        self.assertIn(f"{path} is linked statically", losses[1])
        self.assertNotIn("still runs", losses[1])

    def test_alive_and_recorded(self):
        for program in (self.compile("waiting", WAITING), "(echo; while read line; do :; done)"):
            with self.subTest(program):
                losses, pid = self.leave_behind(program)
                self.assertEqual(len(losses), 1, losses)
                self.assertIn(f"still runs as process {pid}, and is reported", losses[0])
            for name in ("fifo", "pid", "there"):
                os.unlink(self.path(name))

    def test_ends_a_moment_later(self):
        """That is no program which goes on after the command: a little time is given to it."""
        path = self.compile("lingering", WAITING.replace("read(0, &byte, 1) > 0", "0")
                            .replace("return 0", "return usleep(50000)"))
        for attempt in range(20):  # the machine may be slower than that
            run, status = self.run_command("sh", "-c", f"{path} & true")
            if not run["losses"]:
                break
        self.assertEqual((status, run["losses"]), (NOTHING_FOUND, []), f"{attempt} attempts")

    # ---- the clean twins ----

    def test_nothing_is_named_where_all_is_recorded(self):
        clean = os.path.join(PROGRAMS, "lost_cancel_clean")
        for command in (("true",), ("sh", "-c", "true; true & wait; (true); exec true"),
                        ("sh", "-c", "no-such-command; ./neither; exec true"),
                        ("env", "sh", "-c", "true"),
                        (sys.executable, "-c", "import os; os.system('true'); "
                         "os.posix_spawnp('true', ['true'], os.environ); os.wait()"),
                        (clean,)):
            with self.subTest(command):
                run, status = self.run_command(*command)
                self.assertEqual((status, run["losses"]), (NOTHING_FOUND, []))

    def test_the_text_says_so(self):
        path = self.static_program()
        result = self.report("run", "--", "sh", "-c", f"{path}; true", stdin=subprocess.DEVNULL)
        self.assertEqual(result.returncode, INCOMPLETE)
        self.assertIn(f"missing: 1 program ({path} is linked statically", result.stderr)
        self.assertNotIn("Nothing found.", result.stderr)


if __name__ == "__main__":
    unittest.main()
