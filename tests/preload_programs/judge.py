"""Whether a run was as it must be: as the first one without the preload, and nothing left or found."""

import re

from ways import ALONE, RUN


def first_difference(one, other):
    lines, others = one.splitlines(), other.splitlines()
    for number in range(max(len(lines), len(others))):
        line = lines[number] if number < len(lines) else "(its end)"
        against = others[number] if number < len(others) else "(its end)"
        if line != against:
            return f"line {number + 1} is {line[:300]!r}, not {against[:300]!r}"
    return "ends of lines differ"


def different_files(files, first):
    names = sorted(name for name in {*files, *first} if files.get(name) != first.get(name))
    return [f"{name} is {files.get(name, 'not there')}, not {first.get(name, 'there')}"
            for name in names]


def expected_status(first, run):
    """What docs/man/ctxreport.1 says under EXIT STATUS."""
    if first.status:
        return first.status if first.status > 0 else 128 - first.status
    if any(finding.startswith("proved ") for finding in run.findings):
        return 1
    return 3 if run.unrecorded else 0


def met(text, patterns):
    return any(re.search(pattern, text) for pattern, _ in patterns)


def differences(program, way, run, first):
    """What the program did otherwise."""
    status = expected_status(first, run) if way == RUN else first.status
    if run.status != status:
        yield f"exit status {run.status}, not {status}"
    if run.output != first.output:
        yield f"output: {first_difference(run.output, first.output)}"
    if run.errors != first.errors:
        yield f"standard error: {first_difference(run.errors, first.errors)}"
    for sentence in different_files(run.files, first.files):
        yield f"file {sentence}"
    if run.processes != first.processes:
        yield f"processes left: {' '.join(run.processes) or 'none'}"
    if way == ALONE and run.status != program.status:
        yield f"exit status {run.status}, not {program.status}"


def claims(program, run):
    """What is found and missing that the row does not say."""
    for finding in sorted(set(run.findings)):
        if not met(finding, program.findings):
            yield f"finding: {finding}"
    for sentence in sorted(set(run.unrecorded)):
        if not met(sentence, program.unrecorded + program.sometimes):
            yield f"not recorded: {sentence}"
    for sentence in run.refused:
        yield f"a segment cannot be read: {sentence}"


def remains(program, way, run, first):
    left = [name for name in run.shared if name not in first.shared]
    segments = [name for name in left if name.endswith(".ctxt")]
    for name in left:
        if name not in segments:
            yield f"left in /dev/shm: {name}"
    if segments and way == RUN:
        yield f"segments left: {' '.join(segments)}"
    for whose in run.left if not run.findings else ():
        if not met(whose, program.segments):
            yield f"segment left: {whose}"


def unmet(program, run):
    """What the row says that is missing, and is not said."""
    return [f"should be called not recorded, and is not: {pattern}"
            for pattern, _ in program.unrecorded
            if not any(re.search(pattern, sentence) for sentence in run.unrecorded)]


def faults_of(program, way, run, first):
    found = list(differences(program, way, run, first))
    if way != ALONE:
        found += [*claims(program, run), *remains(program, way, run, first)]
    if way == RUN:
        found += unmet(program, run)
        if not run.programs:
            found.append("the report has no program")
    return [f"{way}: {fault}" for fault in found]
