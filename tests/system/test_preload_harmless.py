"""Programs that the preload could harm, and does not: each ends as it does without it."""

import os
import resource
import shutil
import subprocess
import tempfile
import unittest

from preload_test import CTXREPORT, PRELOAD, SECONDS, PreloadTest, program


class Harmless(PreloadTest):
    def compile(self, name, source, *flags):
        path = os.path.join(self.directory, name)
        with open(path + ".c", "w", encoding="utf-8") as file:
            file.write(source)
        done = subprocess.run([os.environ.get("CC", "cc"), "-w", "-o", path, path + ".c", *flags],
                              capture_output=True, text=True, check=False)
        if done.returncode:
            self.skipTest(f"{name} cannot be built here: {done.stderr[:200]}")
        return path

    def run_recorded(self, *command, **more):
        """Under `ctxreport run`, without its report."""
        return subprocess.run([CTXREPORT, "run", "--to=" + os.path.join(self.directory, "report"),
                               "--", *command], env=self.environment(False), timeout=SECONDS,
                              capture_output=True, stdin=subprocess.DEVNULL, check=False, **more)

    # ---- functions of several versions ----

    def test_versions_of_another_age(self):
        self.assert_same(program("old_conditions"))
        process, lines = self.start(program("old_conditions"))
        self.assertEqual(lines, [b"the script exits with 5\n"])
        self.wait_until_blocked(process.pid, 1)
        self.assertEqual(self.waits(self.look(process.pid))["waiter"]["operation"], "condition")
        self.assertEqual(self.leave(process), 9)

    def test_function_that_is_asked_for_without_version(self):
        """As in what is linked with a library that wraps it as well: that library's is meant."""
        wrapper = self.compile("wrapper.so", """
            #define _GNU_SOURCE
            #include <dlfcn.h>
            #include <unistd.h>
            int pthread_cond_wait(void *condition, void *mutex)
            {
                int (*next)(void *, void *) = dlsym(RTLD_NEXT, "pthread_cond_wait");
                write(1, "through\\n", 8);
                return next(condition, mutex);
            }
            """, "-shared", "-fPIC")
        path = self.compile("unversioned", """
            #include <pthread.h>
            #include <stdio.h>
            static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
            static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
            static int there, go;
            static void *wait(void *unused)
            {
                pthread_mutex_lock(&mutex);
                there = 1;
                pthread_cond_signal(&changed);
                while (!go)
                    pthread_cond_wait(&changed, &mutex);
                pthread_mutex_unlock(&mutex);
                return unused;
            }
            int main(void)
            {
                pthread_t thread;
                pthread_mutex_lock(&mutex);
                pthread_create(&thread, NULL, wait, NULL);
                while (!there)
                    pthread_cond_wait(&changed, &mutex);
                go = 1;
                pthread_cond_signal(&changed);
                pthread_mutex_unlock(&mutex);
                pthread_join(thread, NULL);
                return 4;
            }
            """, wrapper, "-pthread")
        done = self.assert_same(path)
        self.assertEqual((done.returncode, done.stdout), (4, b"through\nthrough\n"))

    # ---- system calls that are forbidden ----

    def test_forbidden_system_calls(self):
        # More than a hundred processes make room ahead: in memory, as it is meant.
        self.segments = tempfile.mkdtemp(prefix="ctxtrace-preload-", dir="/dev/shm")
        self.addCleanup(shutil.rmtree, self.segments)
        for how in (["prctl"], ["syscall"], ["prctl", "late"], ["syscall", "late"]):
            with self.subTest(how=how):
                done = self.assert_same(program("forbidden"), *how)
                self.assertEqual((done.returncode, done.stdout, done.stderr), (0, b"", b""))

    def test_inherited_filters(self):
        """Of whoever was started with one: it kills nobody, and one that only refuses hides little."""
        for call in ("fallocate", "ftruncate", "fcntl", "unlink", "tgkill"):
            for answer in ("kill", "refuse"):
                with self.subTest(call=call, answer=answer):
                    done = self.assert_same(program("forbidden"), "exec", call, answer,
                                            program("leaves"), "exit")
                    self.assertEqual(done.returncode, 5, done.stderr)
        for segment in self.segment_files():
            os.unlink(segment)
        process, _ = self.start(program("forbidden"), "exec", "tgkill", "refuse",
                                program("leaves"), "stay")
        self.assertEqual(len(self.waits(self.look(process.pid))), 1, "four without names")
        self.assertEqual(self.leave(process), 5)

    # ---- waits that are left ----

    def test_waits_that_are_left_otherwise_are_over(self):
        process, _ = self.start(program("left_otherwise"))
        self.wait_until_blocked(process.pid, 1)
        database = self.look(process.pid)
        self.assertEqual({name: wait["operation"] for name, wait in self.waits(database).items()},
                         {"waiter": "lock"})
        # A signal may come while something is recorded, and then the handler is turned away.
        losses = {tuple(row) for row in database.execute("SELECT what, why FROM losses"
                                                       " WHERE NOT expected")}
        self.assertEqual([loss for loss in losses if "signal handler" not in loss[1]], [])
        self.assertEqual(self.leave(process), 0)

    # ---- memory ----

    def limited(self, *command, preload=True, **limits):
        def limit():
            for name, value in limits.items():
                resource.setrlimit(getattr(resource, "RLIMIT_" + name.upper()), (value, value))
        return subprocess.run(command, env=self.environment(preload), preexec_fn=limit,
                              timeout=SECONDS, capture_output=True, check=False)

    def test_no_memory_for_threads(self):
        """However little there is: threads that cannot be made are reported, nothing is aborted."""
        for megabytes in (100, 200, 400, 800, 1640, 1709, 3000):
            with self.subTest(megabytes=megabytes):
                done = self.limited(program("many_threads"), "1000", preload=True,
                                    **{"as": megabytes << 20})
                self.assertEqual(done.returncode, 7, done.stderr)

    def test_address_space_stays_the_programs(self):
        """As many threads as without, in what a limit leaves."""
        for megabytes in (500, 1600):
            with self.subTest(megabytes=megabytes):
                limit = {"as": megabytes << 20}
                made = [int(self.limited(program("many_threads"), "2000", preload=preload,
                                         **limit).stdout.split()[0]) for preload in (False, True)]
                self.assertGreaterEqual(made[1], made[0] * 0.97)

    def test_what_is_reserved_is_not_read(self):
        """Nobody who searches the memory for pointers makes the file system provide the segment."""
        process, _ = self.start(program("leaves"), "stay")
        [segment] = self.segment_files()
        readable = 0
        with open(f"/proc/{process.pid}/maps", encoding="utf-8") as maps:
            for line in maps:
                words = line.split()
                begin, end = (int(word, 16) for word in words[0].split("-"))
                if words[-1] == segment and "r" in words[1]:
                    readable += end - begin
        self.assertGreater(readable, 0)
        self.assertLess(readable, 1 << 20)
        self.assertEqual(self.leave(process), 5)

    def test_small_stacks(self):
        self.assertEqual(self.assert_same(program("small_stacks"), "7000").returncode, 2)

    def test_exec_on_a_small_stack(self):
        """Also where it is noted for `run` what becomes of it, by a name that is searched."""
        path = self.compile("small_exec", """
            #include <limits.h>
            #include <pthread.h>
            #include <string.h>
            #include <unistd.h>
            static void *become(void *unused)
            {
                volatile char own[6000];
                char *arguments[] = {"sh", "-c", "exit 6", NULL};
                memset((char *)own, 1, sizeof own);
                execv("no/such/program", arguments);
                execvp("sh", arguments);
                return unused;
            }
            int main(void)
            {
                pthread_t thread;
                pthread_attr_t attributes;
                pthread_attr_init(&attributes);
                pthread_attr_setstacksize(&attributes, PTHREAD_STACK_MIN);
                pthread_create(&thread, &attributes, become, NULL);
                pthread_join(thread, NULL);
                return 70;
            }
            """, "-pthread")
        self.assertEqual(self.assert_same(path).returncode, 6)
        done = self.run_recorded(path)
        self.assertEqual(done.returncode, 6, done.stderr)

    def test_memory_of_threads(self):
        """A thread costs the program little: 10,000 are nothing unusual."""
        count, anonymous = 5000, []
        for preload in (False, True):
            environment = self.environment(preload)
            process = subprocess.Popen([program("many_threads"), str(count), "stay"],
                                       env=environment, stdin=subprocess.PIPE,
                                       stdout=subprocess.PIPE)
            self.addCleanup(self.end, process)
            self.assertEqual(process.stdout.readline().split()[0], str(count).encode())
            self.assertEqual(process.stdout.readline(), b"ready\n")
            with open(f"/proc/{process.pid}/status", encoding="ascii") as status:
                [line] = [line for line in status if line.startswith("RssAnon")]
            anonymous.append(int(line.split()[1]))
            self.assertEqual(self.leave(process), 7)
        self.assertLess((anonymous[1] - anonymous[0]) / count, 4, "kB for each thread")

    # ---- what is left ----

    def test_who_has_nothing_to_record_leaves_nothing(self):
        done = self.run_program("sh", "-c", "true; (true); true | cat; exec true")
        self.assertEqual((done.returncode, self.segment_files()), (0, []))
        done = self.run_recorded("sh", "-c", "exec true")
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(os.path.join(self.directory, "report"), encoding="utf-8") as file:
            report = file.read()
        self.assertEqual(report.lower().count("nothing found."), 2, report)
        self.assertIn("true (pid ", report)

    def test_live_program_with_nothing_to_record_is_told_of(self):
        with subprocess.Popen(["cat"], env=self.environment(), stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE) as process:
            process.stdin.write(b"there\n")
            process.stdin.flush()
            self.assertEqual(process.stdout.readline(), b"there\n")
            done = subprocess.run([CTXREPORT, "inspect", str(process.pid)], capture_output=True,
                                  env=self.environment(False), timeout=SECONDS, check=False)
            self.assertIn(b"has recorded nothing so far", done.stderr)
            listed = subprocess.run([CTXREPORT, "list"], capture_output=True, check=True,
                                    env=self.environment(False), timeout=SECONDS)
            self.assertRegex(listed.stdout, rb"\d+ running programs? (is|are) recorded and")

    def test_regular_ends_leave_nothing(self):
        """Also with threads that are alive; the end of a child by _exit(), and what exec replaces."""
        for arguments in (["exit"], ["_exit"], ["quick_exit"], ["child"],
                          ["exec", program("leaves")], ["exec", "/bin/true"],
                          ["execveat", "/bin/true"]):
            with self.subTest(arguments=arguments):
                done = self.run_program(program("leaves"), *arguments)
                status = 0 if "/bin/true" in arguments else 5
                self.assertEqual((done.returncode, self.segment_files()), (status, []))

    def test_many_waits_that_are_over_leave_nothing(self):
        done = self.run_program(program("many_threads"), "1500")
        self.assertEqual((done.returncode, self.segment_files()), (7, []))

    def test_exec_that_fails_ends_nothing(self):
        done = self.run_program(program("leaves"), "exec", "/nor/is/there/this")
        self.assertEqual((done.returncode, self.segment_files()), (70, []))

    def test_who_was_asked_to_stay_stays(self):
        for arguments in (["exit"], ["_exit"], ["child"], ["exec", "/bin/true"]):
            self.run_program(program("leaves"), *arguments, CTXTRACE_KEEP="1")
            segments = self.segment_files()
            self.assertEqual(len(segments), 1, arguments)
            [row] = self.look(segments[0]).execute("SELECT ended FROM programs")
            self.assertEqual(row["ended"], "became another program (exec)" if arguments[0] == "exec"
                             else "has exited", arguments)
            os.unlink(segments[0])

    def test_who_has_a_finding_stays(self):
        for end in ("exit", "_exit"):
            path = self.compile("circle", """
                #include <pthread.h>
                #include <stdlib.h>
                #include <string.h>
                #include <unistd.h>
                static pthread_mutex_t one = PTHREAD_MUTEX_INITIALIZER, other = PTHREAD_MUTEX_INITIALIZER;
                static pthread_barrier_t both;
                static void *lock(void *argument)
                {
                    pthread_mutex_lock(argument ? &one : &other);
                    pthread_barrier_wait(&both);
                    pthread_mutex_lock(argument ? &other : &one);
                    return argument;
                }
                int main(int count, char **arguments)
                {
                    pthread_t threads[2];
                    pthread_barrier_init(&both, NULL, 2);
                    pthread_create(&threads[0], NULL, lock, NULL);
                    pthread_create(&threads[1], NULL, lock, &one);
                    sleep(1);
                    if (strcmp(arguments[1], "exit"))
                        _exit(0);
                    return 0;
                }
                """, "-pthread")
            self.assertEqual(self.run_program(path, end).returncode, 0)
            [segment] = self.segment_files()
            self.assertEqual(self.findings(self.look(segment)), [("deadlock", "proved")])
            os.unlink(segment)

    @unittest.skipIf(os.geteuid() != 0, "only root can become somebody else")
    def test_another_user_or_root_directory_afterwards(self):
        """It cannot remove its file; who looks at the directory next does, and at nothing else."""
        victim, _ = self.start(program("leaves"), "stay")
        killed, _ = self.start(program("leaves"), "stay")
        self.end(killed)
        others = set(self.segment_files())
        self.assertEqual(len(others), 2)
        for arguments in (["user", "65534"], ["user late", "65534"], ["root", self.directory]):
            with self.subTest(arguments=arguments):
                done = self.run_program(program("leaves"), *arguments)
                self.assertEqual(done.returncode, 5, done.stderr)
                self.assertEqual(len(set(self.segment_files()) - others), 1)
                listed = subprocess.run([CTXREPORT, "list"], env=self.environment(False),
                                        capture_output=True, text=True, timeout=SECONDS, check=True)
                self.assertEqual(set(self.segment_files()), others, listed.stdout)
                done = self.run_program(program("leaves"), *arguments)
                self.run_program(program("leaves"), "exit")
                self.assertEqual(set(self.segment_files()), others)
        self.assertEqual(self.leave(victim), 5)

    # ---- programs that it does not fit into ----

    def test_children_of_another_libc(self):
        """They are started without it, in each way to start one, and so are scripts that they run;
        the children that it fits into keep it."""
        loader = os.path.join(self.directory, "ld-other.so.1")
        source = """
            #include <stdio.h>
            #include <stdlib.h>
            int main(int count, char **arguments)
            {
                const char *preload = getenv("LD_PRELOAD"), *more = getenv("MORE");
                printf("%s %s\\n", preload ? preload : "none", more ? more : "none");
                return count + 10;
            }
            """
        fits = self.compile("fits", source)
        interpreter = subprocess.run(["readelf", "-p", ".interp", fits], capture_output=True,
                                     text=True, check=True).stdout.split()[-1]
        os.symlink(interpreter, loader)
        other = self.compile("other", source, "-Wl,--dynamic-linker=" + loader)
        script = os.path.join(self.directory, "script")
        with open(script, "w", encoding="utf-8") as file:
            file.write(f"#! {other} x\n")
        os.chmod(script, 0o700)
        starter = self.compile("starter", """
            #define _GNU_SOURCE
            #include <fcntl.h>
            #include <spawn.h>
            #include <stdio.h>
            #include <stdlib.h>
            #include <string.h>
            #include <sys/wait.h>
            #include <unistd.h>
            extern char **environ;
            int main(int count, char **v)
            {
                static const char *ways[] = {"execv", "execve", "execvp", "execvpe", "execl", "execlp",
                                             "execle", "execveat", "spawn", "spawnp", "vfork",
                                             "system"};
                char *arguments[] = {"name", NULL}, *slash = strrchr(v[1], '/');
                for (int i = 0; i < 12; i++) {
                    const char *way = ways[i], *path = v[1];
                    int status;
                    pid_t child = 0;
                    printf("%s: ", way);
                    fflush(stdout);
                    if (!strcmp(way, "spawn"))
                        posix_spawn(&child, path, 0, 0, arguments, environ);
                    else if (!strcmp(way, "spawnp"))
                        posix_spawnp(&child, slash + 1, 0, 0, arguments, environ);
                    else if (!strcmp(way, "system"))
                        system(path);
                    else if (!strcmp(way, "vfork"))
                        child = vfork();
                    else
                        child = fork();
                    if (child == 0 && strcmp(way, "system")) {
                        if (!strcmp(way, "execv")) execv(path, arguments);
                        if (!strcmp(way, "vfork")) execv(path, arguments);
                        if (!strcmp(way, "execve")) execve(path, arguments, environ);
                        if (!strcmp(way, "execvp")) execvp(slash + 1, arguments);
                        if (!strcmp(way, "execvpe")) execvpe(slash + 1, arguments, environ);
                        if (!strcmp(way, "execl")) execl(path, "name", NULL);
                        if (!strcmp(way, "execlp")) execlp(slash + 1, "name", NULL);
                        if (!strcmp(way, "execle")) execle(path, "name", NULL, environ);
                        if (!strcmp(way, "execveat"))
                            execveat(AT_FDCWD, path, arguments, environ, 0);
                        _exit(1);
                    }
                    if (child > 0)
                        waitpid(child, &status, 0);
                }
                return 0;
            }
            """)
        path = self.directory + ":" + os.environ["PATH"]
        for target, preloads in ((fits, [PRELOAD]), (other, ["none"]), (script, ["none"])):
            done = self.run_program(starter, target, MORE="this", PATH=path)
            lines = [line.split(": ") for line in done.stdout.decode().splitlines()]
            self.assertEqual(len(lines), 12, lines)
            for way, what in lines:
                self.assertEqual(what, preloads[0] + " this", (target, way))
        done = self.run_program(starter, other, PATH=path, LD_PRELOAD=f"{PRELOAD}:{loader}:{PRELOAD}")
        self.assertNotIn(b"ctxtrace-preload", done.stdout)

    # ---- sanitizers ----

    def test_sanitizers(self):
        source = """
            #include <pthread.h>
            #include <stdio.h>
            #include <stdlib.h>
            static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
            static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
            static int there;
            static void *say(void *unused)
            {
                pthread_mutex_lock(&mutex);
                there = 1;
                pthread_cond_signal(&changed);
                pthread_mutex_unlock(&mutex);
                return unused;
            }
            int main(int count, char **arguments)
            {
                pthread_t thread;
                pthread_create(&thread, NULL, say, NULL);
                pthread_mutex_lock(&mutex);
                while (!there)
                    pthread_cond_wait(&changed, &mutex);
                pthread_mutex_unlock(&mutex);
                pthread_join(thread, NULL);
                char *bytes = calloc(1, 8);
                int sum = count > 1 ? bytes[atoi(arguments[1])] : 0;
                free(bytes);
                puts("well");
                return sum;
            }
            """
        for kind in ("address", "thread", "undefined"):
            with self.subTest(kind=kind):
                path = self.compile(kind, source, "-pthread", "-fsanitize=" + kind)
                done = self.run_recorded(path)
                self.assertEqual((done.returncode, done.stdout), (0, b"well\n"), done.stderr)
                shell = self.run_recorded("sh", "-c", path + "; exit $?")
                self.assertEqual((shell.returncode, shell.stdout), (0, b"well\n"), shell.stderr)
                if kind == "address":
                    done = self.run_recorded(path, "9")
                    self.assertEqual(done.returncode, 1)
                    self.assertIn(b"heap-buffer-overflow", done.stderr)


if __name__ == "__main__":
    unittest.main()
