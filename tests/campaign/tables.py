"""What a campaign has shown, as text and as the table of docs/clean-programs.md."""

from bound import upper_bound

MARK = "<!-- What follows is written by tests/campaign/run --write. -->\n"


def percent(rate):
    return f"{100 * rate:.2g} %" if rate < 1 else "-"


def rows_of(shapes, ledger):
    counts = ledger.counts()
    for shape in shapes:
        looks, false = counts.get(shape.name, (0, 0))
        yield shape.name, looks, false, percent(upper_bound(false, looks))


def text_of(shapes, ledger):
    rows = list(rows_of(shapes, ledger))
    width = max((len(row[0]) for row in rows), default=10)
    lines = [f"{'shape':{width}}   looks  false  at most (95 %)"]
    lines += [f"{name:{width}}  {looks:6}  {false:5}  {bound:>8}"
              for name, looks, false, bound in rows]
    lines.append(f"{'all':{width}}  {sum(row[1] for row in rows):6}  {sum(row[2] for row in rows):5}")
    return "\n".join(lines)


def claims_of(shapes, ledger):
    """What was claimed falsely, one line for each shape and claim."""
    names = {shape.name for shape in shapes}
    return [f"FALSE  {shape} ({count}): {claim}  [{evidence or 'evidence of earlier looks only'}]"
            for shape, claim, count, evidence in ledger.false_claims() if shape in names]


def not_run_of(shapes, ledger):
    names = {shape.name for shape in shapes}
    return [(shape, reason) for shape, reason in sorted(ledger.not_run().items()) if shape in names]


def markdown_of(shapes, ledger, date):
    rows = list(rows_of(shapes, ledger))
    lines = ["", f"Version {ledger.version}, {date}: {sum(row[1] for row in rows):,} looks at "
             f"{sum(1 for row in rows if row[1]):,} shapes, {sum(row[2] for row in rows):,} with a "
             "false claim.", "", "| shape | looks | false claims | at most (95 %) |",
             "|---|--:|--:|--:|"]
    lines += [f"| {name} | {looks:,} | {false:,} | {bound} |" for name, looks, false, bound in rows]
    missing = not_run_of(shapes, ledger)
    if missing:
        lines += ["", "Not run:", "", *(f"- {shape}: {reason}" for shape, reason in missing)]
    return "\n".join(lines) + "\n"


def write_into(path, text):
    """Replaces what stands behind the mark."""
    with open(path, encoding="utf-8") as file:
        page = file.read()
    if MARK not in page:
        raise ValueError(f"{path} has no line {MARK.strip()}")
    with open(path, "w", encoding="utf-8") as file:
        file.write(page[:page.index(MARK)] + MARK + text)
