"""Programs with the threads of C11 under the preload."""

import unittest

from preload_test import PreloadTest, program


class C11(PreloadTest):
    def test_a_circle(self):
        process, _ = self.start(program("c11"), "circle")
        self.wait_until_blocked(process.pid, 4)
        database = self.look(process.pid)
        self.assertEqual(self.findings(database), [("deadlock", "proved")])
        self.assertEqual(sorted(row[0] for row in database.execute("SELECT operation FROM waits")),
                         ["condition", "join", "lock", "lock"])
        for task in self.tasks(database):
            if not task["main"]:
                self.assertEqual(task["created_in"].split(" ")[:2], ["make_circle", "main"])
        self.end(process)
        [segment] = self.segment_files()
        self.assertEqual(self.findings(self.look(segment)), [("deadlock", "proved")])

    def test_results_are_libcs(self):
        result = self.run_program(program("c11"), "results", CTXTRACE_KEEP="1")
        self.assertEqual((result.returncode, result.stdout), (0, b"done\n"), result.stderr)
        [segment] = self.segment_files()
        database = self.look(segment)
        self.assertEqual(self.findings(database), [])
        self.assertEqual([task for task in self.tasks(database)
                          if not task["main"] and not task["detached"]], [])

    def test_other_functions_of_these_names(self):
        bare = self.run_program(program("own_c11"), preload=False)
        preloaded = self.run_program(program("own_c11"))
        self.assertEqual((bare.returncode, bare.stdout), (0, b"1 3 1\n1 6 1\n1 9\n"))
        self.assertEqual((preloaded.returncode, preloaded.stdout), (0, bare.stdout))


if __name__ == "__main__":
    unittest.main()
