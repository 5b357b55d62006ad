#!/usr/bin/env python3
"""ctxtop in a terminal: what its keys do, and that the terminal survives it."""

import os
import re
import signal
import unittest

from ctxtop_test import (CTXTOP, FINE, SIGNALS_THAT_CRASH, SIGNALS_THAT_END, TROUBLE, Screen,
                         TopTest, fixture, killed_by, squeezed)

WHOLE_TREE = [
    "root", "└─ server", " ├─ config=/etc/orders.conf", " │ ├─ GET", " │ │ └─ #8", " │ ├─ GET",
    " │ │ ├─ user=alice", " │ │ │ └─ query", " │ │ ├─ retry", " │ │ └─ #14", " │ └─ GET",
    " ├─ workers", " │ └─ #11", " ├─ refresh", " └─ refresh", "todo",
]


class Tree(TopTest):
    def setUp(self):
        super().setUp()
        self.top_screen = self.screen(fixture("service"), width=150, height=30)
        self.top_screen.wait_for("todo #16")

    def test_shows_header_tree_and_losses(self):
        text = squeezed(self.top_screen.text())
        self.assertIn("orders [4242] alive", text)
        self.assertIn("Contexts 16 (13 open) Tasks 10 (7 blocked) Findings 5 (3 proved)", text)
        self.assertIn("Lost: 1,532 events (they were written over by newer ones)", text)
        self.assertEqual(self.top_screen.names(), WHOLE_TREE)
        rows = self.top_screen.rows()
        self.assertIn(" ├─ refresh #12 cancel open T - 0 0 - - !lost-cancel "
                      "refresh_cache cache.c:77", rows)
        self.assertIn(" │ ├─ GET /slow #7 deadline timed-out T - 1 1 - 1 "
                      "handle_request server.c:120", rows)

    def test_deadlines_count_down_between_samples(self):
        left = set()
        pattern = re.compile(r"query #6 cancel open \S+ (\S+)")
        self.top_screen.wait(
            lambda: left.add(pattern.search(squeezed(self.top_screen.text())).group(1))
            or len(left) > 2, "the time left to change")

    def test_folded_rows_show_sums(self):
        self.top_screen.keys("c")
        self.top_screen.wait_without("workers")
        self.assertEqual(self.top_screen.names(), ["root", "└▸ server", "todo"])
        server = self.top_screen.rows()[1]
        self.assertIn("11/14", server)        # open contexts in it
        self.assertIn("Σ3", server)           # waiters
        self.assertIn("Σ!lost-cancel", server)
        self.top_screen.keys("e")
        self.top_screen.wait_for("query")
        self.assertEqual(self.top_screen.names(), WHOLE_TREE)

    def test_folds_one_row_and_unfolds_it(self):
        self.top_screen.keys("Down", "Down", "Space")
        self.top_screen.wait_without("query")
        self.assertEqual(self.top_screen.names()[2], " ├▸ config=/etc/orders.conf")
        self.top_screen.keys("Right")
        self.top_screen.wait_for("query")
        self.top_screen.keys("Left")
        self.top_screen.wait_without("query")
        self.top_screen.keys("Left", "Left")  # to its parent, which is then folded
        self.top_screen.wait_without("workers")

    def test_folds_by_levels(self):
        self.top_screen.keys("-")
        self.top_screen.wait_without("query #6")
        self.top_screen.wait_for("▸ user=alice")
        self.top_screen.keys("-")
        self.top_screen.wait_for("▸ GET /slow")
        self.top_screen.keys("+")
        self.top_screen.wait_for("▸ user=alice")

    def test_searches_in_what_is_folded(self):
        self.top_screen.keys("c", "/")
        self.top_screen.wait_for("Search:")
        self.top_screen.type("lost")
        self.top_screen.wait_for("!lost-cancel")
        self.top_screen.wait_for("8/10")
        self.top_screen.keys("Enter", "n")
        self.top_screen.wait_for("9/10")
        self.top_screen.keys("n")             # round
        self.top_screen.wait_for("8/10")

    def test_search_that_is_given_up_returns(self):
        self.top_screen.keys("Down", "/")
        self.top_screen.type("worker")
        self.top_screen.wait_for("12/16")
        self.top_screen.keys("Escape")
        self.top_screen.wait_for("2/16")

    def test_filters_while_typing(self):
        self.top_screen.keys("f")
        self.top_screen.type("state:open kind:cancel !without !lost")
        self.top_screen.wait_without("refresh", "retry")
        names = self.top_screen.names(last="Filter")
        self.assertEqual(names, ["root", "└─ server", " ├─ config=/etc/orders.conf", " │ └─ GET",
                                 " │ └─ user=alice", " │ └─ query", " └─ workers"])
        self.top_screen.keys("Enter")
        self.top_screen.wait_for("Filter: state:open kind:cancel !without !lost (3 match)")
        self.top_screen.keys("Escape")
        self.top_screen.wait_for("retry")

    def test_sorts_siblings(self):
        self.top_screen.keys("<")             # by the last column: the site
        self.top_screen.wait_for("CREATED AT▲")
        self.assertEqual(self.top_screen.names(last="Sorted")[-1], "todo")
        self.assertEqual(self.top_screen.names(last="Sorted")[2:4], [" ├─ refresh", " ├─ refresh"])
        self.top_screen.keys("r")
        self.top_screen.wait_for("CREATED AT▼")
        self.assertEqual(self.top_screen.names()[0], "todo")
        self.top_screen.keys("u")
        self.top_screen.wait_for("Not sorted")
        self.assertEqual(self.top_screen.names(last="Not"), WHOLE_TREE)

    def test_details_tell_all(self):
        self.top_screen.keys("/")
        self.top_screen.type("report")
        self.top_screen.keys("Enter", "Enter")
        text = self.top_screen.wait_for("Context #9 GET /report")
        self.assertIn("cause client hung up (code 104)", text)
        self.top_screen.keys("J", "J", "J", "J", "J", "J", "J", "J", "J", "J", "J", "J", "J", "J")
        text = self.top_screen.wait_for("Cancelled at")
        self.assertIn("on_hangup server.c:201", text)
        self.assertIn("Cancels that came too late: 1", text)
        self.top_screen.keys("Escape")
        self.top_screen.wait_without("Cancelled at")

    def test_asks_what_keeps_it_alive(self):
        self.top_screen.keys("a")
        self.top_screen.wait_for("Kept alive by", "cannot be told of a fixture")
        self.top_screen.keys("Down")      # of another item it was not asked
        self.top_screen.wait_without("Kept alive by")

    def test_proves_and_pauses(self):
        self.top_screen.keys("P")
        self.top_screen.wait_for("PAUSED", "Proving what can be proved")
        self.top_screen.keys("p")
        self.top_screen.wait_without("PAUSED")

    def test_hides_what_has_ended(self):
        self.top_screen.keys("o")
        self.top_screen.wait_without("GET /slow", "GET /report")
        self.top_screen.keys("o")
        self.top_screen.wait_for("GET /slow")

    def test_pause_stands_still(self):
        self.top_screen.keys("p")
        self.top_screen.wait_for("PAUSED")
        before = re.search(r"query #6 .*", squeezed(self.top_screen.text())).group(0)
        self.top_screen.wait_for("data 1.")
        self.assertIn(before, squeezed(self.top_screen.text()))
        self.top_screen.keys("p")
        self.top_screen.wait_without("PAUSED")


class Views(TopTest):
    def setUp(self):
        super().setUp()
        self.top_screen = self.screen(fixture("service"), width=160, height=30)
        self.top_screen.wait_for("todo #16")

    def test_by_number_and_tab(self):
        titles = ["CONTEXT", "WAITED FOR", "TASK OPERATION", "TASK THREAD", "FINDING CONFIDENCE", "TIME"]
        for number, title in enumerate(titles, start=1):
            self.top_screen.keys(str(number))
            self.top_screen.wait_for("\n" + title)
        self.top_screen.keys("Tab")           # there is no output without a command
        self.top_screen.wait_for("\nPLACE")
        self.top_screen.keys("Tab")           # round
        self.top_screen.wait_for("\nCONTEXT")
        self.top_screen.keys("BTab", "BTab")
        self.top_screen.wait_for("\nTIME")

    def test_numbers_by_place(self):
        self.top_screen.keys("8")
        self.top_screen.wait_for("\nPLACE")
        rows = self.top_screen.rows("PLACE")
        self.assertIn("in transfer (accounts.c:18) 1 tasks lock 1 T", rows)
        self.assertIn("created in refresh_cache (cache.c:77) 2 contexts T", rows)

    def test_waiters_by_object(self):
        self.top_screen.keys("2")
        self.top_screen.wait_for("WAITED FOR")
        rows = self.top_screen.rows("WAITED FOR")
        mutex = rows.index("mutex accounts 1 T accounts-2")
        self.assertEqual(rows[mutex + 1], "└─ accounts-1 lock T - !deadlock transfer accounts.c:18")

    def test_waiters_by_task(self):
        self.top_screen.keys("3")
        self.top_screen.wait_for("WAITS FOR")
        rows = self.top_screen.rows("TASK")
        select = next(i for i, row in enumerate(rows) if row.startswith("worker-1"))
        self.assertIn("select channel jobs or 1 more", rows[select])
        self.assertTrue(rows[select + 1].startswith("├─ or receive channel jobs"), rows)
        self.assertTrue(rows[select + 2].startswith("└─ or done context workers"), rows)

    def test_system_tasks_are_hidden_by_default(self):
        self.top_screen.keys("4")
        self.assertNotIn("timers", self.top_screen.wait_for("TASK THREAD"))
        self.top_screen.keys("s")
        self.top_screen.wait_for("timers")

    def test_findings_unfold_to_their_claims(self):
        self.top_screen.keys("5")
        self.top_screen.wait_for("▸ lost-cancel proved high 2")
        self.top_screen.keys("Down", "Right")
        self.top_screen.wait_for("├─ refresh", "└─ refresh")

    def test_goes_from_a_finding_to_its_context_and_task(self):
        self.top_screen.keys("5", "Down", "x")
        self.top_screen.wait_for("\nCONTEXT", "14/16")
        self.top_screen.keys("t")
        self.top_screen.wait_for("\nTASK THREAD", "1/10")

    def test_history_follows(self):
        self.top_screen.keys("6")
        self.top_screen.wait_for("cancel-too-late GET /report orders request done", "following")
        self.top_screen.keys("Up")
        self.top_screen.wait_without("following")

    def test_help_comes_from_the_key_table(self):
        self.top_screen.keys("?")
        self.top_screen.wait_for("Keys of ctxtop", "Space fold fold or unfold the row")
        self.top_screen.keys("G")
        self.top_screen.wait_for("Log: what the command")
        self.top_screen.keys("q")             # ends help, not ctxtop
        self.top_screen.wait_for("Contexts 16 (13 open)")


class Looks(TopTest):
    COLOUR = re.compile("\x1b\\[([0-9;]*;)?[34][0-7]m")

    def test_colours(self):
        screen = self.screen(fixture("service"))
        screen.wait_for("todo")
        self.assertRegex(screen.text(escapes=True), self.COLOUR)

    def test_no_color(self):
        screen = self.screen(fixture("service"), environment={"NO_COLOR": "1"})
        screen.wait_for("todo")
        self.assertNotRegex(screen.text(escapes=True), self.COLOUR)
        self.assertIn("\x1b[7m", screen.text(escapes=True))  # the cursor is still to be seen

    def test_ascii_in_another_locale(self):
        screen = self.screen(fixture("service"), environment={"LC_ALL": "C"})
        self.assertTrue(screen.wait_for("`- server").isascii())
        screen.keys("c")
        screen.wait_for("`+ server", "=3")

    def test_ascii_when_asked_for(self):
        screen = self.screen("--ascii", fixture("service"))
        screen.wait_for("|- workers")

    def test_starts_folded(self):
        screen = self.screen("--fold", fixture("service"))
        screen.wait_for("└▸ server")

    def test_text_of_a_target_cannot_reach_the_terminal(self):
        screen = self.screen(fixture("dead"))
        screen.wait_for("evil \\x1b]0;title\\x07")
        self.assertNotEqual(screen.flag("pane_title"), "title")


class Sizes(TopTest):
    def test_tiny_screens(self):
        keys = ["Down", "c", "e", "Enter", "Tab", "?", "G", "Escape", "/", "r", "Enter", "f", "x",
                "Escape", "PageDown", "4", "Enter", "J", ">"]
        for width, height in ((10, 3), (1, 1), (4, 2), (20, 5), (33, 7), (60, 10)):
            with self.subTest(width=width, height=height):
                screen = self.screen(fixture("service"), width=width, height=height)
                screen.process()
                screen.keys(*keys)
                screen.keys("Escape", "Escape", "Escape")
                os.kill(screen.process(), 0)  # it is still there
                screen.close()

    def test_resize(self):
        screen = self.screen(fixture("service"), width=150, height=30)
        screen.wait_for("OWN OBS")
        screen.tmux("resize-window", "-x", "70", "-y", "12")
        screen.wait_without("CREATED AT")
        screen.wait_for("Space fold")
        self.assertEqual(len(screen.lines()), 12)
        screen.tmux("resize-window", "-x", "10", "-y", "3")
        screen.tmux("resize-window", "-x", "150", "-y", "30")
        screen.wait_for("OWN OBS", "todo #16")


class Terminal(TopTest):
    def started(self):
        screen = self.screen(fixture("service"))
        screen.wait_for("todo")
        return screen

    def test_restored_after_quitting(self):
        screen = self.started()
        self.assertEqual(screen.flag("alternate_on"), "1")
        screen.keys("q")
        self.assertEqual(screen.wait_for_end(), FINE)
        screen.assert_restored()

    def test_restored_after_signals(self):
        for number in SIGNALS_THAT_END + SIGNALS_THAT_CRASH:
            with self.subTest(signal=number.name):
                screen = self.started()
                screen.signal(number)
                self.assertEqual(screen.wait_for_end(), killed_by(number))
                screen.assert_restored()
                screen.close()
                os.unlink(self.path("ended"))

    def test_restored_while_stopped(self):
        screen = self.started()
        process = screen.process()
        screen.keys("C-z")
        screen.wait(lambda: screen.flag("alternate_on") == "0", "the screen to be given back")
        self.assertEqual(screen.flag("cursor_flag"), "1")
        os.kill(process, signal.SIGCONT)
        screen.wait(lambda: screen.flag("alternate_on") == "1", "ctxtop to come back")
        screen.wait_for("todo")
        screen.keys("q")
        self.assertEqual(screen.wait_for_end(), FINE)
        screen.assert_restored()

    def test_wrong_target_does_not_touch_the_screen(self):
        screen = self.screen(self.path("missing"))
        self.assertEqual(screen.wait_for_end(), TROUBLE)
        self.assertIn("missing", screen.errors())
        screen.assert_restored()

    def test_unknown_terminal(self):
        screen = Screen(self, f"env TERM=no-such-terminal {CTXTOP} {fixture('service')}")
        self.addCleanup(screen.close)
        self.assertEqual(screen.wait_for_end(), TROUBLE)
        self.assertIn("no-such-terminal", screen.errors())
        screen.assert_restored()


if __name__ == "__main__":
    unittest.main()
