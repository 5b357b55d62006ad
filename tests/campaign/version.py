"""Which tree is looked at: the last commit that touched what is tested, and what changed since."""

import hashlib
import os
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TESTED = ["libctxtrace", "ctxreport", "tests/campaign", "CMakeLists.txt"]


def git(*arguments):
    return subprocess.run(["git", "-C", ROOT, *arguments], capture_output=True, text=True,
                          check=True).stdout


def version_of_tree():
    """The commit, with the digest of changes that are not committed; without git, "unknown"."""
    try:
        commit = git("log", "-1", "--format=%h", "--", *TESTED).strip()
        changes = git("diff", "HEAD", "--", *TESTED)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    if changes:
        commit += "+" + hashlib.sha256(changes.encode()).hexdigest()[:8]
    return commit
