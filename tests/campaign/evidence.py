"""All that is needed to look at a false claim again, in a directory of its own."""

import json
import os
import shutil

MOST = 10  # directories per shape and version: a core is some megabytes, and they look alike


def keep(root, version, look, claims):
    """Copies what the look saw; returns the directory, None if there is enough of this kind."""
    parent = os.path.join(root, version, look.shape.name.replace("/", "."))
    os.makedirs(parent, exist_ok=True)
    number = len(os.listdir(parent))
    if number >= MOST:
        return None
    directory = os.path.join(parent, str(number))
    os.mkdir(directory, 0o700)
    with open(os.path.join(directory, "claims.txt"), "w", encoding="utf-8") as file:
        file.write("\n".join([*claims, "", " ".join(look.command), f"status {look.status}",
                              look.errors]) + "\n")
    if look.report is not None:
        with open(os.path.join(directory, "report.json"), "w", encoding="utf-8") as file:
            json.dump(look.report, file, indent=1)
    for path in [look.database, *look.objects]:
        if os.path.exists(path):
            copy_sparse(path, os.path.join(directory, os.path.basename(path)))
    return directory


def copy_sparse(source, target):
    """Segments and cores are mostly holes, which stay holes."""
    size = os.path.getsize(source)
    with open(source, "rb") as reading, open(target, "wb") as writing:
        position = 0
        while position < size:
            try:
                start = os.lseek(reading.fileno(), position, os.SEEK_DATA)
            except OSError:
                break  # nothing but a hole up to the end
            position = os.lseek(reading.fileno(), start, os.SEEK_HOLE)
            reading.seek(start)
            writing.seek(start)
            shutil.copyfileobj(_Part(reading, position - start), writing)
        writing.truncate(size)


class _Part:
    """The next so many bytes of a file, as a file."""

    def __init__(self, file, left):
        self.file, self.left = file, left

    def read(self, size):
        part = self.file.read(min(size, self.left))
        self.left -= len(part)
        return part
