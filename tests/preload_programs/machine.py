"""What the machine must have: packages, and a /dev/shm and ports that nobody else uses."""

import ctypes
import fcntl
import os
import socket
import struct
import subprocess

CLONE_NEWNS, CLONE_NEWNET = 0x00020000, 0x40000000
IFF_UP, SIOCSIFFLAGS = 1, 0x8914
PR_SET_CHILD_SUBREAPER = 36


class CannotRun(Exception):
    """A row cannot be run here; says why."""


def installed(package):
    done = subprocess.run(["dpkg-query", "-W", "-f=${db:Status-Status}", package],
                          capture_output=True, text=True, check=False)
    return done.stdout == "installed"


def version(package):
    done = subprocess.run(["dpkg-query", "-W", "-f=${Version}", package], capture_output=True,
                          text=True, check=False)
    return done.stdout


def install(packages):
    """By apt-get, without starting the daemons that come with them."""
    missing = [package for package in packages if not installed(package)]
    if not missing:
        return
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive", RUNLEVEL="1")
    done = subprocess.run(["apt-get", "install", "-y", "-q", "--no-install-recommends", *missing],
                          env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          check=False)
    if done.returncode:
        words = (done.stderr.strip() or done.stdout.strip()).splitlines()
        raise CannotRun(f"{' '.join(missing)} cannot be installed: {words[-1] if words else '?'}")


def bring_up_loopback():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))


def be_alone():
    """Segments and ports are where they are for everybody, yet nobody else's are there; and orphans
    of what was started come to us."""
    if os.geteuid() != 0:
        raise SystemExit("preload_programs: run it as root: daemons change their user, and /dev/shm "
                         "and the network are created for it, in namespaces of their own")
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS | CLONE_NEWNET):
        raise SystemExit(f"preload_programs: unshare: {os.strerror(ctypes.get_errno())}")
    for command in (["mount", "--make-rprivate", "/"],
                    ["mount", "-t", "tmpfs", "-o", "mode=1777", "tmpfs", "/dev/shm"]):
        subprocess.run(command, check=True)
    bring_up_loopback()
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
