#!/usr/bin/env python3
"""check_leak_profile.py VERDICTS RESULTS [RELEASE...]: our proofs against the Go runtime's verdict.

Runs the programs of Go's own suite for its goroutine leak profile (leak_programs.py has how) and
writes what came out to the file RESULTS.

Releases that have the profile: what the runtime called leaked before a wait has to be proved during
it, and what is proved has to be called leaked by the runtime before or after it (the programs go on
meanwhile), goroutine by goroutine. What may stay for ever by design (it waits for nothing at all, or
runs main) is at most suspect here, and a root of all other claims: it is counted by itself.

Older releases: the same programs have to leak at the same places as the runtime of REFERENCE says.
How many goroutines get there is a matter of scheduling in most programs; where the numbers are not
equal, a program is run again until all places were seen.
"""

import collections
import os
import subprocess
import sys
import tempfile

from leak_programs import FIRST_WITH_PROFILE, Programs, minor_of, root_of



def releases(*which):
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "go_releases.sh")
    return subprocess.run([script, *which], stdout=subprocess.PIPE, text=True,
                          check=True).stdout.split()


RELEASES = releases("1.26", "newest", "oldest", "middle", "1.25")
REFERENCE = RELEASES[0]
RUNS, MORE_RUNS = 3, 100
CHANCE = 3  # that often expected and never seen: that is no chance (1 in 20)

# Differences that are understood: the program, the first release without it, and why.
FIXED_NUMBERS = ("It decides by math/rand, which gives the same numbers in every run of releases "
                 "before Go 1.20, so that it hardly ever or never takes one of its branches.")
RACE = ("It leaks there if one goroutine passes a check between two steps of another, in a few of a "
        "hundred runs.")
EVERY_RELEASE = 1000
EXPLAINED = {"Cockroach1055": (EVERY_RELEASE, RACE), "Grpc660": (20, FIXED_NUMBERS),
             "Kubernetes5316": (20, FIXED_NUMBERS)}


def explanation(release, name):
    before, why = EXPLAINED.get(name, (0, None))
    return why if minor_of(release) < before else None


def compare_ids(programs):
    """A release that judges itself. Returns its row, its runs, and sentences."""
    leaks = by_design = missed = wrong = 0
    runs, sentences = {}, []
    for name in sorted(programs.executables):
        runs[name] = [programs.run(name) for _ in range(RUNS)]
        for run in runs[name]:
            leaks += sum(run.leaked.values())
            by_design += run.by_design
            missed += len(run.missed)
            wrong += len(run.wrong)
            if run.missed or run.wrong:
                why = "; ".join(f"{count} because {text}" for text, count in run.why.items())
                sentences.append(f"{programs.release}, {name}: of {sum(run.leaked.values())} "
                                 f"leaked, {len(run.missed)} not proved{why and f' ({why})'}; "
                                 f"{len(run.wrong)} proved that the runtime does not call leaked")
    row = (f"| {programs.release} | {len(runs)} | {RUNS * len(runs)} | {leaks} | {by_design} | "
           f"{missed} | {wrong} |")
    # What moves while it is looked at may hide a leak or two.
    return row, runs, sentences, not wrong and leaks and missed <= leaks / 1000


def places(runs):
    return set().union(*runs)


def runs_with(place, runs):
    return sum(place in counter for counter in runs)


def compare_rest(release, name, wanted, ours):
    """Places that only one of the two has shown. Returns a sentence and whether it is explained."""
    parts, explained = [], True
    for place in sorted(places(wanted) ^ places(ours)):
        with_it, without = (wanted, ours) if runs_with(place, wanted) else (ours, wanted)
        seen = runs_with(place, with_it)
        # Were it as frequent in the other, how often should it have been seen?
        explained = explained and seen / len(with_it) * len(without) < CHANCE
        parts.append(f"{place} in {runs_with(place, wanted)} of {len(wanted)} runs of {REFERENCE} "
                     f"and in {runs_with(place, ours)} of {len(ours)} of {release}")
    why = explanation(release, name)
    if explained:
        why = why or "Too seldom to tell the two apart."
    return f"{release}, {name}: {'; '.join(parts)}. {why or 'Not explained.'}", why is not None


def judge(reference, programs, name, wanted):
    """
    Compares one program of an older release. Returns how the two compare, the number of leaks, how
    many of them stay by design, how many others are at the same places, and of "differ" a sentence
    and whether it is explained.
    """
    wanted = [run.leaked for run in wanted]
    runs = [programs.run(name) for _ in range(RUNS)]
    ours = [run.stuck for run in runs]
    numbers = sum(ours[0].values()), runs[0].by_design, sum(run.beside for run in runs)
    if all(counter == wanted[0] for counter in wanted + ours):
        return "equal", *numbers, None, True
    for _ in range(MORE_RUNS):
        if places(wanted) == places(ours):
            break
        wanted.append(reference.run(name).leaked)
        ours.append(programs.run(name).stuck)
    if places(wanted) == places(ours):
        return "places", *numbers, None, True
    return "differ", *numbers, *compare_rest(programs.release, name, wanted, ours)


def compare_places(reference, wanted, programs):
    """An older release. Returns its row, sentences, and whether all differences are explained."""
    outcomes, sentences, good = collections.Counter(), [], True
    leaks = by_design = beside = 0
    for name in sorted(programs.executables):
        outcome, count, staying, others, sentence, explained = judge(reference, programs, name,
                                                                     wanted[name])
        leaks += count
        by_design += staying
        beside += others
        outcomes[outcome] += 1
        good = good and explained
        if sentence:
            sentences.append(sentence)
        print(f"{programs.release} {name}: {outcome}", flush=True)
    row = (f"| {programs.release} | {sum(outcomes.values())} | {leaks} | {by_design} | "
           f"{outcomes['equal']} | {outcomes['places']} | {beside} | {outcomes['differ']} |")
    return row, sentences, good and leaks > 0


def text_of(own_rows, older_rows, sentences):
    lines = ["# Proofs against the runtime's own verdict", "",
             "Written by the build target `check_go_leak_profile`, over the programs of",
             "`src/runtime/testdata/testgoroutineleakprofile` in the Go tree.", "",
             "Releases that judge themselves, goroutine by goroutine. What may stay for ever by design",
             "(it waits for nothing at all, such as an empty `select` or a nil channel, or it runs",
             "main) is at most *suspect* here and a root of every other claim; the runtime makes no",
             "such difference:", "",
             "| release | programs | runs | leaked, says the runtime | of these by design "
             "| not proved | proved, but not leaked |", "|---|--:|--:|--:|--:|--:|--:|", *own_rows, "",
             "Older ones, against what the runtime of Go 1.26 says of the same programs. In many of",
             "them it is a matter of scheduling how many goroutines are leaked at which of the",
             "places; the last column but one counts the goroutines at these places that were not",
             "proved to be leaked, in all runs together:", "",
             "| release | programs | leaks in a run | of these by design | equal numbers at equal "
             "places | equal places, numbers vary | at these places, not proved | different |",
             "|---|--:|--:|--:|--:|--:|--:|--:|", *older_rows]
    if sentences:
        lines += ["", "Differences:", "", *(f"- {sentence}" for sentence in sentences)]
    return "\n".join(lines) + "\n"


def main():
    verdicts, results = map(os.path.abspath, sys.argv[1:3])
    wanted = sys.argv[3:] or RELEASES
    own_rows, older_rows, sentences, good = [], [], [], True
    with tempfile.TemporaryDirectory() as work:
        reference = Programs(root_of(REFERENCE), REFERENCE, work, verdicts)
        row, wanted, more, fine = compare_ids(reference)
        for release in [REFERENCE] + [release for release in wanted if release != REFERENCE]:
            if minor_of(release) < FIRST_WITH_PROFILE:
                programs = Programs(root_of(REFERENCE), release, work, verdicts)
                row, more, fine = compare_places(reference, wanted, programs)
                older_rows.append(row)
            else:
                if release != REFERENCE:
                    programs = Programs(root_of(release), release, work, verdicts)
                    row, _, more, fine = compare_ids(programs)
                own_rows.append(row)
            print(row, *more, sep="\n", flush=True)
            sentences += more
            good = good and fine
    with open(results, "w") as file:
        file.write(text_of(own_rows, older_rows, sentences))
    sys.exit(0 if good else 1)


main()
