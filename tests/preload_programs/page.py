"""What was seen, as text and as the table of docs/preload-programs.md."""

import time

from machine import version
from ways import ALONE, PRELOADED, RUN

MARK = "<!-- What follows is written by tests/preload_programs/run --write. -->\n"


def verdict_of(ledger, name):
    if ledger.reason_of(name):
        return "not run"
    if not ledger.rounds_of(name):
        return "-"
    faults = len(ledger.faults_of(name))
    return f"{faults} difference{'s' * (faults > 1)}" if faults else "same"


def figures_of(ledger, name):
    """CPU time alone, and both ratios."""
    if not ledger.rounds_of(name):
        return "-", "-", "-", "-"
    return (f"{ledger.cpu_of(name, ALONE):.2f}", f"{ledger.ratio_of(name, PRELOADED, ALONE):.2f}",
            f"{ledger.ratio_of(name, RUN, ALONE):.2f}", str(ledger.processes_of(name, RUN)))


def text_of(programs, ledger):
    width = max([len(program.name) for program in programs] + [10])
    lines = [f"version {ledger.version}",
             f"{'program':{width}}  rounds  CPU s  preload   run  in report  result"]
    for program in programs:
        cpu, preload, run, processes = figures_of(ledger, program.name)
        lines.append(f"{program.name:{width}}  {ledger.rounds_of(program.name):6}  {cpu:>5}  "
                     f"{preload:>7}  {run:>4}  {processes:>9}  {verdict_of(ledger, program.name)}")
    for program in programs:
        lines += [f"DIFFERS  {program.name}: {fault}" for fault in
                  sorted(set(ledger.faults_of(program.name)))]
        if ledger.reason_of(program.name):
            lines.append(f"NOT RUN  {program.name}: {ledger.reason_of(program.name)}")
    return "\n".join(lines)


def cell(text):
    return " ".join(text.replace("|", "\\|").split())


def row_of(program, ledger):
    versions = ", ".join(f"{package} {version(package)}" for package in program.packages[:1])
    cpu, preload, run, processes = figures_of(ledger, program.name)
    return (f"| {program.name} | {cell(versions)} | {cell(program.does)} | {cell(program.compared)} "
            f"| {verdict_of(ledger, program.name)} | {processes} | {cpu} | {preload} | {run} |")


def remarks_of(program, ledger):
    """What a row says of findings and what is not recorded, with what was found in fact."""
    name = program.name
    if ledger.rounds_of(name):
        for finding in ledger.findings_of(name):
            why = next((why for pattern, why in program.findings if pattern in finding), "false")
            yield f"- **{name}**: {finding}: {why}."
    for _, why in program.unrecorded + program.sometimes:
        yield f"- **{name}**: {why}."
    for _, why in program.segments:
        yield f"- **{name}**: {why}."
    for fault in sorted(set(ledger.faults_of(name))):
        yield f"- **{name}** differs: {cell(fault)}"
    if ledger.reason_of(name):
        yield f"- **{name}** was not run: {cell(ledger.reason_of(name))}"


def markdown_of(programs, ledger):
    seen = [program for program in programs if ledger.rounds_of(program.name)]
    same = sum(1 for program in seen if verdict_of(ledger, program.name) == "same")
    rounds = sorted({ledger.rounds_of(program.name) for program in seen}) or [0]
    lines = ["", f"Version {ledger.version}, {time.strftime('%Y-%m-%d', time.gmtime())}: "
             f"{len(seen)} of {len(programs)} programs were run, each {rounds[0]}"
             f"{f' to {rounds[-1]}' if rounds[-1] != rounds[0] else ''} times in each way; "
             f"{same} were the same in every run.", "",
             "| program | package | what it does | what is compared | result | in the report | "
             "CPU s alone | preload | run |",
             "|---|---|---|---|---|--:|--:|--:|--:|"]
    lines += [row_of(program, ledger) for program in programs]
    remarks = [line for program in programs for line in remarks_of(program, ledger)]
    if remarks:
        lines += ["", "What was found, left, or not recorded:", "", *remarks]
    return "\n".join(lines) + "\n"


def write_into(path, programs, ledger):
    """Replaces what stands behind the mark."""
    with open(path, encoding="utf-8") as file:
        page = file.read()
    if MARK not in page:
        raise ValueError(f"{path} has no line {MARK.strip()}")
    with open(path, "w", encoding="utf-8") as file:
        file.write(page[:page.index(MARK)] + MARK + markdown_of(programs, ledger))
