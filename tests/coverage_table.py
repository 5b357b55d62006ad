#!/usr/bin/env python3
"""The table of tests/coverage: lines that ran, by room, from what a build with --coverage left.

usage: coverage_table.py BUILD [--write FILE]

Lines are those that gcc made code of, in sources and headers of libctxtrace/, ctxtop/ and ctxreport/;
one that is compiled into several programs has run if it has in any. Files that never ran count, too.
"""
import collections
import concurrent.futures
import json
import os
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LOW = 70  # percent
MARK = "<!-- What follows, up to the next heading, is written by tests/coverage --write. -->"


def product_file(path):
    """The path below the top of a file of the product, else None."""
    relative = os.path.relpath(os.path.join(TOP, path), TOP)
    return relative if relative.split("/")[0] in ("libctxtrace", "ctxtop", "ctxreport") else None


def lines_of(note):
    """(file, line, ran) of one object."""
    done = subprocess.run(["gcov", "--json-format", "--stdout", note], cwd=os.path.dirname(note),
                          capture_output=True, text=True, check=True)
    found = []
    for line in done.stdout.splitlines():
        document = json.loads(line)
        for file in document["files"]:
            name = product_file(os.path.join(document["current_working_directory"], file["file"]))
            if name:
                found += [(name, it["line_number"], it["count"] > 0) for it in file["lines"]]
    return found


def read(build):
    notes = [os.path.join(place, name) for place, _, names in os.walk(build) for name in names
             if name.endswith(".gcno")]
    ran = collections.defaultdict(dict)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for found in pool.map(lines_of, notes):
            for file, line, has_run in found:
                ran[file][line] = ran[file].get(line, False) or has_run
    return {file: (sum(lines.values()), len(lines)) for file, lines in ran.items()}


def room_of(file):
    return os.path.dirname(file)


def percent(run, all_lines):
    return f"{100 * run / all_lines:.1f} %"


def table(files):
    rooms = collections.defaultdict(list)
    for file, counts in files.items():
        rooms[room_of(file)].append(counts)
    rows = ["| room | files | lines | that ran | |", "|---|---:|---:|---:|---:|"]
    for room, counts in sorted(rooms.items()):
        run, lines = (sum(column) for column in zip(*counts))
        rows.append(f"| `{room}/` | {len(counts)} | {lines:,} | {run:,} | {percent(run, lines)} |")
    run, lines = (sum(column) for column in zip(*files.values()))
    rows.append(f"| all | {len(files)} | {lines:,} | {run:,} | {percent(run, lines)} |")
    low = [f"`{file}` {percent(*counts)} of {counts[1]}" for file, counts in sorted(files.items())
           if 100 * counts[0] < LOW * counts[1]]
    return rows + ["", f"Files of which less than {LOW} % ran: {', '.join(low) or 'none'}."]


def write(path, rows):
    with open(path) as file:
        text = file.read()
    before, rest = text.split(MARK)
    after = rest[rest.index("\n## "):]
    with open(path, "w") as file:
        file.write(before + MARK + "\n\n" + "\n".join(rows) + "\n" + after)


def main(build, option=None, path=None):
    rows = table(read(os.path.abspath(build)))
    print("\n".join(rows))
    if option == "--write":
        write(path, rows)


if __name__ == "__main__":
    main(*sys.argv[1:])
