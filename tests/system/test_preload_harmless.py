"""Programs that the preload could harm, and does not: each ends as it does without it."""

import os
import resource
import subprocess
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
        for how in (["prctl"], ["syscall"], ["prctl", "late"], ["syscall", "late"]):
            with self.subTest(how=how):
                done = self.assert_same(program("forbidden"), *how)
                self.assertEqual((done.returncode, done.stdout, done.stderr), (0, b"", b""))

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
