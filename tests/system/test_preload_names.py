"""What functions, threads and programs are called in reports on programs under the preload."""

import unittest

from preload_test import PreloadTest, program


class Names(PreloadTest):
    def start_names(self):
        process, _ = self.start(program("names"))
        self.wait_until_blocked(process.pid, 3)
        return process, self.look(process.pid)

    def test_sites_are_the_programs_own(self):
        _, database = self.start_names()
        sites = [row[0] for row in database.execute(
            "SELECT s.function FROM findings f JOIN sites s ON s.id = f.site_id"
            " WHERE f.rule = 'deadlock'")]
        self.assertEqual(sites, ["bank::transfer"])
        places = sorted(row[0] for row in database.execute("SELECT waits_at FROM blocked"))
        self.assertEqual(places, ["bank::transfer", "bank::transfer", "shop::cart::add"])

    def test_names_of_the_linker_are_kept(self):
        _, database = self.start_names()
        names = dict(database.execute("SELECT function, linkage FROM frames").fetchall())
        self.assertEqual(names["shop::cart::add"], "_RNvNtCsc_4shop4cart3add")
        self.assertEqual(names["bank::transfer"], "_ZN4bank8transferERSt5mutexS1_")
        self.assertIn("toolkit_lock", names)
        self.assertIn("std::mutex::lock", names)
        self.assertEqual([name for name in names if name and name.startswith(("_Z", "_R"))], [])


if __name__ == "__main__":
    unittest.main()
