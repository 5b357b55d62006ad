"""What was seen of each row, written down before the next run begins."""

import hashlib
import json
import os
import statistics
import subprocess

TESTED = ["libctxtrace", "ctxreport", "CMakeLists.txt"]
SOURCES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "sources")


def version_of_tree(root):
    """The last commit that touched what is tested, with the digest of what is not committed."""
    def git(*arguments):
        return subprocess.run(["git", "-C", root, *arguments], capture_output=True, text=True,
                              check=True).stdout
    try:
        commit = git("log", "-1", "--format=%h", "--", *TESTED).strip()
        changes = git("diff", "HEAD", "--", *TESTED)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return commit + ("+" + hashlib.sha256(changes.encode()).hexdigest()[:8] if changes else "")


def digest_of(program):
    """Of the row, and of the sources that it names."""
    digest = hashlib.sha256(repr(program).encode())
    for folder, _, names in sorted(os.walk(SOURCES)):
        for name in sorted(names):
            path = os.path.join(folder, name)
            named = os.path.relpath(path, SOURCES).split(os.sep)[0]
            if named in program.script + program.prepare:
                with open(path, "rb") as file:
                    digest.update(file.read())
    return digest.hexdigest()[:16]


class Ledger:
    """Runs count for the version of ctxtrace and of the row that they were made with."""

    def __init__(self, path, version, programs):
        self.path, self.version = path, version
        self.digests = {program.name: digest_of(program) for program in programs}
        self.rows = {}
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                seen = json.load(file)
            if seen["version"] == version:
                self.rows = {name: row for name, row in seen["rows"].items()
                             if row["digest"] == self.digests.get(name)}

    def save(self):
        with open(self.path + ".new", "w", encoding="utf-8") as file:
            json.dump({"version": self.version, "rows": self.rows}, file, indent=1)
        os.replace(self.path + ".new", self.path)

    def row(self, name):
        return self.rows.setdefault(name, {"digest": self.digests[name], "rounds": [], "faults": [],
                                           "reason": ""})

    def add(self, name, runs, faults):
        row = self.row(name)
        row["rounds"].append({way: {"cpu": run.cpu, "programs": run.programs,
                                    "findings": run.findings, "segments": len(run.left)}
                              for way, run in runs.items()})
        row["faults"] += faults
        self.save()

    def forget(self, name):
        self.rows.pop(name, None)

    def could_run(self, name):
        self.row(name)["reason"] = ""
        self.save()

    def could_not_run(self, name, reason):
        self.row(name)["reason"] = reason
        self.save()

    def rounds_of(self, name):
        return len(self.rows.get(name, {}).get("rounds", ()))

    def faults_of(self, name):
        return self.rows.get(name, {}).get("faults", [])

    def reason_of(self, name):
        return self.rows.get(name, {}).get("reason", "")

    def findings_of(self, name):
        return sorted({finding for each in self.rows[name]["rounds"] for way in each.values()
                       for finding in way["findings"]})

    def processes_of(self, name, way):
        return max(each[way]["programs"] for each in self.rows[name]["rounds"])

    def cpu_of(self, name, way):
        return statistics.median(each[way]["cpu"] for each in self.rows[name]["rounds"])

    def ratio_of(self, name, way, alone):
        """The median of what each round says: its runs met the same busy machine."""
        return statistics.median(each[way]["cpu"] / max(each[alone]["cpu"], 1e-3)
                                 for each in self.rows[name]["rounds"])
