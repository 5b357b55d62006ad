"""What of a look at a clean program is not so.

The programs are clean, so these are false: a finding that is proved or likely (in a look that judges
what is young: proved; "likely" is right of a program that does something unusual on purpose, and
"proved" where the sentence says what it rests on and the program breaks just that), an exit status other than that of a clean program, a program alive that is called dead, and a fact that
says NO where the program knows better: it wakes every task that waits, and holds the cancel of every
context until it has called it.
"""

import sqlite3

CLAIMS = {False: ("proved", "likely"), True: ("proved",)}
STATES = {"live": ("alive",), "kill": ("dead",), "core": ("core",), "exit": ("dead", "exited")}

# "No" is right for what has no cancel of its own: in C value contexts, roots, after-functions. Of these
# a Go snapshot says nothing, but for after-functions, of which nobody has to keep the stop function.
CANCELLABLE_KINDS = "('cancel', 'deadline', 'custom')"
# A fact of what has ended is no claim of a C recording; a Go snapshot never makes one.
NO_CANCEL = f"""
SELECT 'context #' || c.number || ' (' || c.kind || ', ' || c.state || ', parent ' ||
       coalesce(p.state, 'not seen') || '): cancellable no'
  FROM contexts c LEFT JOIN contexts p ON p.id = c.parent_id
 WHERE c.cancellable = 'no' AND c.kind != 'after-func'
   AND (:go OR c.state = 'open' AND c.kind IN {CANCELLABLE_KINDS})
   AND NOT (:linked AND (p.id IS NULL OR p.kind IN ('background', 'todo', 'without-cancel')))
"""
NO_WAKING = """
SELECT 'task #' || number || ' (' || coalesce(name, state) || '): wakeable no'
  FROM tasks WHERE wakeable = 'no' AND NOT system
"""
NO_OWNER = """
SELECT 'context #' || number || ' (' || kind || ', ' || state || '): held only by its parent'
  FROM contexts WHERE held_only_by_parent = 'yes' AND kind IN ('cancel', 'deadline') AND :go
"""


def is_reserved(shape, finding):
    """Does it say itself that the program may do what is unusual?"""
    return (finding["confidence"] == "likely" or
            shape.breaks and shape.breaks in finding["sentence"])


# A program that writes all the time is met in the middle of a write, and that is told.
IN_MOTION = {"live": "they were being written at that moment",
             "kill": "the program died while it wrote them"}


def is_in_motion(look):
    """Is what was in the middle of being written all that is missing?"""
    return {loss["why"] for program in look.programs for loss in program["losses"]
            if not loss["expected"]} == {IN_MOTION.get(look.shape.way)}


def statuses_of(look):
    """Those of a clean program; in the middle of a write that of an incomplete recording; and that
    of findings where one may be proved."""
    if look.report is None:
        return look.shape.statuses
    if look.shape.way in IN_MOTION and is_in_motion(look):
        return (*look.shape.statuses, 3)
    if not look.shape.breaks:
        return look.shape.statuses
    proved = any(finding["confidence"] == "proved" for program in look.programs
                 for finding in program["findings"])
    return (*look.shape.statuses, 1) if proved else look.shape.statuses


def false_findings(look):
    for program in look.programs:
        for finding in program["findings"]:
            if finding["rule"] in look.shape.unusual and is_reserved(look.shape, finding):
                continue
            if finding["confidence"] in CLAIMS[look.young]:
                yield (f"{finding['confidence']} {finding['rule']} ({finding['count']}): "
                       f"{finding['sentence']}")


def false_status(look):
    if look.status not in statuses_of(look):
        sentence = look.errors.strip().splitlines()
        yield f"exit status {look.status}: {sentence[-1] if sentence else 'no sentence'}"


def false_state(look):
    for program in look.programs:
        if program["state"] not in STATES[look.shape.way]:
            yield f"the program is called {program['state']}"


def false_facts(look):
    database = sqlite3.connect(look.database)
    try:
        values = {"go": look.shape.kind == "go", "linked": look.shape.detaches}
        questions = [NO_OWNER]
        if look.shape.all_cancellable:
            questions.append(NO_CANCEL)
        if look.shape.all_wakeable:
            questions.append(NO_WAKING)
        for question in questions:
            rows = database.execute(question, values).fetchall()
            if rows:
                yield f"{rows[0][0]}; {len(rows)} such"
    finally:
        database.close()


def false_claims(look):
    """Sentences, most telling first; none if all that was said is so."""
    if look.report is None or not look.programs:
        return [*false_status(look)] or ["there is no report"]
    return [*false_findings(look), *false_status(look), *false_state(look), *false_facts(look)]
