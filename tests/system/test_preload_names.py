"""What functions, threads and programs are called in reports on programs under the preload."""

import os
import unittest

from preload_test import BUILD, CTXREPORT, PreloadTest, program

CTXTOP = os.path.join(BUILD, "ctxtop/ctxtop")


class Names(PreloadTest):
    def start_names(self):
        process, _ = self.start(program("names"))
        self.wait_until_blocked(process.pid, 4)
        return process, self.look(process.pid)

    def test_sites_are_the_programs_own(self):
        _, database = self.start_names()
        sites = [row[0] for row in database.execute(
            "SELECT s.function FROM findings f JOIN sites s ON s.id = f.site_id"
            " WHERE f.rule = 'deadlock'")]
        self.assertEqual(sites, ["bank::transfer"])
        places = sorted(row[0] for row in database.execute("SELECT waits_at FROM blocked"))
        self.assertEqual(places, ["bank::transfer", "bank::transfer", "main::{lambda()#4}::operator()",
                                  "shop::cart::add"])

    def test_names_of_the_linker_are_kept(self):
        _, database = self.start_names()
        names = dict(database.execute("SELECT function, linkage FROM frames").fetchall())
        self.assertEqual(names["shop::cart::add"], "_RNvNtCsc_4shop4cart3add")
        self.assertEqual(names["bank::transfer"], "_ZN4bank8transferERSt5mutexS1_")
        self.assertIn("toolkit_lock", names)
        self.assertIn("std::mutex::lock", names)
        self.assertEqual([name for name in names if name and name.startswith(("_Z", "_R"))], [])

    def test_threads_are_named_as_the_kernel_knows_them(self):
        process, database = self.start_names()
        numbers = {int(number) for number in os.listdir(f"/proc/{process.pid}/task")}
        tasks = {task["tid"]: task["name"] for task in self.tasks(database)}
        tasks.pop(process.pid, None)  # main, if something of it was recorded
        self.assertEqual(set(tasks), numbers - {process.pid})
        self.assertEqual(sorted(tasks.values(), key=str), [None, "buyer", "payee", "payer"])
        names = {row[0] for row in database.execute("SELECT task FROM blocked")}
        self.assertEqual(names, {f'thread "{name}" {tid}' if name else f"thread {tid}"
                                 for tid, name in tasks.items()})
        nameless = [tid for tid, name in tasks.items() if not name][0]
        shown = self.run_program(CTXTOP, "-b", "-n", "1", str(process.pid), preload=False)
        self.assertRegex(shown.stdout.decode(), rf" thread {nameless} +lock ")

    def test_names_outlive_the_program(self):
        process, database = self.start_names()
        buyer = [task["tid"] for task in self.tasks(database) if task["name"] == "buyer"]
        self.end(process)
        [segment] = self.segment_files()
        names = {task["tid"]: task["name"] for task in self.tasks(self.look(segment))}
        self.assertIn("payer", names.values())  # by pthread_setname_np()
        self.assertIn("payee", names.values())  # by prctl()
        self.assertIsNone(names[buyer[0]])      # by /proc: nobody saw it

    def test_a_program_is_called_as_it_was(self):
        link = os.path.join(self.directory, "shop-server")
        os.symlink(program("names"), link)
        process, _ = self.start(link)
        shown = self.run_program(CTXTOP, "-b", "-n", "1", str(process.pid), preload=False)
        self.assertRegex(shown.stdout.decode(), rf"^shop-server \(preload_names\) \[{process.pid}\]")
        process, _ = self.start(program("names"))
        shown = self.run_program(CTXTOP, "-b", "-n", "1", str(process.pid), preload=False)
        self.assertRegex(shown.stdout.decode(), rf"^preload_names \[{process.pid}\]")

    def command_of(self, target):
        return self.look(target).execute("SELECT command FROM programs").fetchone()[0]

    def test_a_program_has_the_title_that_it_gives_itself(self):
        process, _ = self.start(program("titled"))
        self.assertEqual(self.command_of(process.pid), "titled: worker process")
        listed = self.run_program(CTXREPORT, "list", preload=False)
        self.assertIn(b"titled: worker process", listed.stdout)
        self.end(process)
        [segment] = self.segment_files()
        self.assertEqual(self.command_of(segment), program("titled"))  # as it began


if __name__ == "__main__":
    unittest.main()
