#!/usr/bin/env python3
"""Writes what the fuzz targets begin with: small files that are sound.

    make_seeds.py DIRECTORY

makes a directory of that name for each target. Executables are made with the C compiler, and streams
of zstd and lz4 with the programs of that name; without one those are left out.
"""
import glob
import gzip
import os
import random
import struct
import subprocess
import sys

FIXTURES = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "programs", "fixtures")
BASE = 0x400000
PAGE = 4096

PROGRAM = r"""
struct gobuf { unsigned long sp, pc; };
struct g { unsigned long low, high; struct gobuf sched; long goid; };
typedef struct g alias;
alias first = {1, 2, {3, 4}, 5};
static inline __attribute__((always_inline)) long inner(long n) { return n * first.goid; }
static __attribute__((noinline)) long outer(long n) { return inner(n) + inner(n + 1); }
void _start(void) { for (;;) first.goid = outer(first.goid); }
__attribute__((section(".go.buildinfo"), aligned(16)))
const char buildinfo[48] = "\xff Go buildinf:\10\2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\10go1.26.8";
"""

# Of struct elf_prstatus and struct elf_prpsinfo on x86-64.
STATUS_SIZE, STATUS_TID, STATUS_REGISTERS = 336, 32, 112
INFO_SIZE, INFO_PID, INFO_ARGUMENTS = 136, 24, 56


def compile_program(path, *options):
    command = ["cc", "-x", "c", "-O2", "-nostdlib", "-static", "-o", path, *options, "runtime"]
    with open(os.path.join(os.path.dirname(path), "runtime"), "w", encoding="ascii") as source:
        source.write(PROGRAM)
    subprocess.run(command, cwd=os.path.dirname(path), check=True, stderr=subprocess.DEVNULL)
    os.unlink(os.path.join(os.path.dirname(path), "runtime"))


def make_executables(directory):
    kinds = {
        "debug": ["-g", "-Wl,--build-id"],
        "dwarf4": ["-gdwarf-4", "-Wl,--build-id"],
        "no_lines": ["-g", "-Wl,--build-id"],
        "compressed": ["-g", "-gz"],
        "stripped": ["-s", "-Wl,--build-id"],
        "pie": ["-fPIE", "-static-pie", "-g1"],
    }
    made = {}
    for name, options in kinds.items():
        path = os.path.join(directory, name)
        try:
            compile_program(path, *options)
        except (OSError, subprocess.CalledProcessError):
            continue
        if name == "no_lines":
            subprocess.run(["objcopy", "-R", ".debug_line", "-R", ".debug_line_str", path], check=True)
            with open(path, "r+b") as file:
                content = file.read().replace(b"debug_line", b"debug_gone")
                file.seek(0)
                file.write(content)
        with open(path, "rb") as file:
            made[name] = file.read()
    return made


def note(kind, content):
    return struct.pack("<III", 5, len(content), kind) + b"CORE\0\0\0\0" + content + bytes(-len(content) % 4)


def make_core(executable_path, threads=2, crowd=0):
    """A core whose memory is a page of data and a stack; all else is in the executable.

    A crowd is of mappings and segments, which lie between each other.
    """
    notes = b""
    for thread in range(threads):
        status = bytearray(STATUS_SIZE)
        struct.pack_into("<i", status, STATUS_TID, 100 + thread)
        struct.pack_into("<27Q", status, STATUS_REGISTERS, *range(0x7000, 0x7000 + 27))
        notes += note(1, bytes(status))
    info = bytearray(INFO_SIZE)
    struct.pack_into("<i", info, INFO_PID, 100)
    info[INFO_ARGUMENTS:INFO_ARGUMENTS + 8] = b"program "
    notes += note(3, bytes(info))
    notes += note(6, struct.pack("<4Q", 3, BASE + 64, 0, 0))
    name = executable_path.encode() + b"\0"
    mappings = [(BASE, BASE + PAGE, 0), (BASE + PAGE, BASE + 2 * PAGE, 1), (BASE + 8 * PAGE, BASE + 9 * PAGE, 2)]
    for number in range(crowd):
        start = BASE + (16 + 8 * number) * PAGE
        mappings.append((start, start + 7 * PAGE, 0))
    files = struct.pack("<QQ", len(mappings), PAGE)
    notes += note(0x46494C45, files + b"".join(struct.pack("<QQQ", *m) for m in mappings) + name * len(mappings))
    segments = [(BASE + 3 * PAGE, 6), (0x7FFD00000000, 6)]
    segments += [(BASE + (17 + 2 * number) * PAGE, 6) for number in range(crowd)]
    offset = 64 + 56 * (1 + len(segments))
    data = offset + len(notes)
    core = b"\x7fELF\2\1\1" + bytes(9)
    core += struct.pack("<HHIQQQIHHHHHH", 4, 62, 1, 0, 64, 0, 0, 64, 56, 1 + len(segments), 0, 0, 0)
    core += struct.pack("<IIQQQQQQ", 4, 4, offset, 0, 0, len(notes), 0, 4)
    for number, (address, flags) in enumerate(segments):
        core += struct.pack("<IIQQQQQQ", 1, flags, data + number % 2 * 512, address, 0, 512, 512, 1)
    return core + notes + bytes(range(256)) * 4


def varint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def pc_table(pairs):
    """Pairs of a value and how far it reaches."""
    out, last = b"", -1
    for value, length in pairs:
        change = value - last
        out += varint(change * 2 if change >= 0 else -change * 2 - 1) + varint(length)
        last = value
    return out + b"\0"


def make_tables(minor):
    """Three functions, the second with calls inlined into it, and a stack that is in all of them."""
    names, places = b"\0", []
    for text in [b"main.outer", b"main.middle", b"runtime.goexit", b"main.inlined", b"context.helper"]:
        places.append(len(names))
        names += text + b"\0"
    files = b"\0main.go\0other.go\0"
    units = struct.pack("<III", 1, 9, 0xFFFFFFFF)
    tables, at = b"\0", []
    for pairs in [[(24, 64)], [(0, 32), (1, 32)], [(10, 16), (20, 48)], [(-1, 8), (0, 24), (1, 32)], [(0, 64)]]:
        at.append(len(tables))
        tables += pc_table(pairs)
    data = bytearray(256)
    struct.pack_into("<iiBB", data, 0, 2, 5, 0x15, 0x0A)  # maps of locals and arguments
    struct.pack_into("<Qiiii", data, 32, 1, -16, 16, 8, 64)  # one object on the stack
    tree = 64 + 16
    for number, (name, parent) in enumerate([(places[3], 40), (places[4], 4)]):
        if minor >= 20:
            struct.pack_into("<B3xiii", data, tree + 16 * number, 0, name, parent, 3)
        else:
            struct.pack_into("<hBxiiii", data, tree + 20 * number, number - 1, 0, 0, 7, name, parent)
    functions, entries = b"", b""
    for number in range(3):
        record = len(functions)
        entries += struct.pack("<II", 64 * number, record)
        words = [64 * number, places[number], 8, 0, at[0], at[1], at[2], 3, 0] + ([5] if minor >= 20 else [])
        functions += struct.pack(f"<{len(words)}I", *words) + bytes([0, 1 if number == 2 else 0, 0, 4])
        functions += struct.pack("<3I", at[4], at[4], at[3])
        functions += struct.pack("<4I", 0, 0, 32, tree if number == 1 else 0xFFFFFFFF)
    entries += struct.pack("<II", 192, 0)
    stack = struct.pack("<Q", 0) * 3 + struct.pack("<Q", BASE + 64 + 20)
    stack += struct.pack("<Q", BASE) * 3 + struct.pack("<Q", BASE + 128 + 1) + bytes(64)
    kind = bytearray(96)  # a struct named main.T with a string
    struct.pack_into("<QQIBBBB", kind, 0, 16, 8, 1, 0, 8, 8, 25)
    struct.pack_into("<QQII", kind, 24, 0, BASE, 1, 0)
    struct.pack_into("<QQQQ", kind, 48, BASE, BASE, 1, 1)
    content, slices = b"", []
    for part in [names, units, files, tables, functions, entries]:
        content += bytes(-len(content) % 8)
        length = len(part) // 4 if part is units else 4 if part is entries else len(part)
        slices += [len(content), length]
        content += part
    where = []
    for part in [bytes(data), stack, bytes(kind)]:
        content += bytes(-len(content) % 8)
        where.append(len(content))
        content += part
    head = [minor - 18, *slices, 0, 192, 0, where[0], where[1], len(stack) - 1, 0, 8 << 1]
    head += [0, 4, 8, 64, 70, 80, 100, 127, 128, 140, 191, where[2], where[2] + 8, where[0], where[1], 0]
    return struct.pack(f"<{len(head)}I", *head) + content


def make_patches(count):
    """One in three is of what is read before the heap is."""
    out = b""
    for _ in range(count):
        what = random.randrange(8) << 1 | (random.randrange(3) == 0)
        out += struct.pack("<B", what) + random.randbytes(3) + struct.pack("<Q", random.getrandbits(64))
    return out


def make_lies(count):
    out = b""
    for _ in range(count):
        value = random.choice([random.randrange(512), random.getrandbits(31), -1, 0, 8])
        out += struct.pack("<BBi", random.randrange(256), random.randrange(4), value)
    return out


def make_changes(count):
    """Of a segment: the version, then patches, many of them of words that are times."""
    out = bytes([count % 2])
    for _ in range(count):
        value = random.choice([2**63 - 1, 2**63, 2**64 - 1, 1, random.getrandbits(64)])
        out += struct.pack("<IQ", random.getrandbits(32), value)
    return out


def make_report_changes(count):
    out = bytes([count]) + b"".join(struct.pack("<B", 1) + random.randbytes(4) for _ in range(count % 3))
    for _ in range(count):
        value = random.choice([2**63 - 1, -2**63, -1, 0, random.getrandbits(62)])
        out += struct.pack("<BHBBq", 0, random.getrandbits(16), random.randrange(8), 1, value)
        out += struct.pack("<BHBBB", 0, random.getrandbits(16), random.randrange(8), 3, 5) + b"\x1b[31m"
    return out


def make_symbols():
    texts = b"\0main\0_start\0runtime.firstmoduledata\0tinygo_alloc\0"
    symbols = bytes(24)
    for number, name in enumerate([1, 6, 13, 37]):
        symbols += struct.pack("<IBBHQQ", name, 0x12, 0, 1, BASE + 64 * number, 64)
    notes = struct.pack("<III4s", 4, 8, 4, b"Go\0\0") + b"buildid!"
    notes += struct.pack("<III4s", 4, 20, 3, b"GNU\0") + bytes(range(20))
    common = struct.pack("<IIB4sBBBBB7x", 20, 0, 1, b"zR\0\1", 0x78, 0x10, 1, 0x1B, 0x0C)
    frames = common + struct.pack("<IIiI8x", 20, 28, 0x1000, 64) + bytes(4)
    head = struct.pack("<HHHB", len(symbols), len(texts), len(notes), 0)
    return head + symbols + texts + notes + frames


def make_notes():
    def one(kind, content):
        return struct.pack("<BH", kind, len(content)) + content
    files = struct.pack("<QQ", 2, PAGE) + struct.pack("<6Q", BASE, BASE + PAGE, 0, BASE + PAGE, BASE + 2 * PAGE, 1)
    status = bytearray(STATUS_SIZE)
    struct.pack_into("<i", status, STATUS_TID, 100)
    info = bytearray(INFO_SIZE)
    info[INFO_ARGUMENTS:INFO_ARGUMENTS + 8] = b"program "
    return [one(0, bytes(status)) + one(4, bytes(512)) + one(5, bytes(832)), one(1, bytes(info)),
            one(2, struct.pack("<4Q", 3, BASE + 64, 0, 0)), one(3, files + b"/bin/a\0/bin/a\0")]


def make_compressed(core):
    yield "gzip", gzip.compress(core, mtime=0)
    yield "two", gzip.compress(core[:600], mtime=0) + gzip.compress(core[600:], mtime=0)
    for program in ("zstd", "lz4"):
        try:
            done = subprocess.run([program, "-c"], input=core, stdout=subprocess.PIPE, check=True)
        except (OSError, subprocess.CalledProcessError):
            continue
        yield program, done.stdout


def build_info(version):
    return b"\1\xff Go buildinf:\10\2" + bytes(16) + varint(len(version)) + version + varint(0)


VERSIONS = [b"go1.26.8", b"go1.27rc2", b"go1.26.8-X:nodwarf5,jsonv2", b"go1.24.4 X:noswissmap",
            b"go1.26.8 (Red Hat 1.26.8-1.el9)", b"devel go1.28-abc123 Mon Jan 2 15:04:05 2026 +0000 X:boringcrypto"]

PROC_TEXTS = {
    "tcp": b"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
           b"   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 17 1 0 100 0\n"
           b"   1: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 18 1 0 20 4\n",
    "tcp6": b"   0: 00000000000000000000000001000000:1F90 00000000000000000000000000000000:0000 0A "
            b"00000000:00000000 00:00000000 00000000     0        0 19 1 0 100 0 0 10 0\n",
    "unix": b"Num       RefCount Protocol Flags    Type St Inode Path\n"
            b"0000: 00000002 00000000 00010000 0001 01 20 /run/service.sock\n0000: 00000003 00000000 00000000 0001 03 21\n",
    "stat": b"1 (a) b) S 0 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 25 1 2 18446744073709551615 1 1 0 0 0\n",
    "maps": b"00400000-00452000 r-xp 00000000 08:02 173521 /usr/bin/a b\\012\n"
            b"7f00-7f10 rw-s 00000000 00:18 4711 /dev/shm/ctxtrace-0/1-2-3.ctxtrace\n",
    "status": b"Name:\ta\nTracerPid:\t7\nCapEff:\t00000000ffffffff\nSeccomp:\t2\nNSpid:\t1\t2\n",
    "socket": b"socket:[17]", "pipe": b"pipe:[4]", "anonymous": b"anon_inode:[eventfd]",
    "journal": b"x 12 3 /bin/sh\0n 13 4 /bin/ls\0s 13 4 \0f 12 3 \0",
}

TEXTS = [b"main.Map[go.shape.int]", b"example%2ecom/a%00.f", b"std::vector<int>::push_back", b"\xe2\x80\xae\xff\x1b[0m",
         b"1.5s", b"250ms", b"99999999999999d", b"/usr/include/c++/12/new file.h", b"a \n\t word " * 20,
         b"_ZNSt6thread11_State_implINS_8_InvokerISt5tupleIJZ4mainEUlvE_EEEEE6_M_runEv",
         b"_RINvNtC3std6thread5spawnNCNvC4shop4mains_0lE", b"_RINvC1a1fuTB7_B7_ETB8_B8_ETBg_Bg_EE",
         b"_ZN4core3ops8function6FnOnce9call_once17h2bfb280c4cf61ed6E", b"_RNvC3shopu7hll_pta"]


def write(directory, name, content):
    os.makedirs(directory, exist_ok=True)
    with open(os.path.join(directory, name), "wb") as file:
        file.write(content)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    target = os.path.abspath(sys.argv[1])
    elf = os.path.join(target, "fuzz_elf_file")
    os.makedirs(elf, exist_ok=True)
    executables = make_executables(elf)
    core = make_core("/tmp/program")
    write(os.path.join(target, "fuzz_core"), "alone", struct.pack("<I", 0) + core)
    write(os.path.join(target, "fuzz_core"), "itself", struct.pack("<I", len(core)) + core + core)
    for name in ("stripped", "pie"):
        if name in executables:
            content = struct.pack("<I", len(executables[name])) + executables[name] + core
            write(os.path.join(target, "fuzz_core"), name, content)
    write(elf, "core", core)
    # Too large for a fuzzer to begin with: what takes long if every mapping is compared with every other.
    crowded = make_core("/tmp/program", crowd=8000)
    executable = executables.get("stripped", core)
    write(os.path.join(target, "large", "fuzz_core"), "crowded",
          struct.pack("<I", len(executable)) + executable + crowded)
    for minor in (18, 20, 26):
        write(os.path.join(target, "fuzz_pclntab"), f"go1.{minor}", make_tables(minor))
    random.seed(1)
    for name, content in make_compressed(core):
        write(os.path.join(target, "fuzz_compressed"), name, content)
    for number, content in enumerate(make_notes()):
        write(os.path.join(target, "fuzz_core_notes"), f"notes{number}", content)
    write(os.path.join(target, "fuzz_core_notes"), "all", b"".join(make_notes()))
    write(os.path.join(target, "fuzz_symbols"), "sound", make_symbols())
    for number, version in enumerate(VERSIONS):
        write(os.path.join(target, "fuzz_build_info"), f"version{number}", build_info(version))
    for name, content in PROC_TEXTS.items():
        write(os.path.join(target, "fuzz_proc"), name, content)
    for number, content in enumerate(TEXTS):
        write(os.path.join(target, "fuzz_texts"), f"text{number}", content)
    for path in glob.glob(os.path.join(FIXTURES, "*.snapshot")):
        with open(path, "rb") as file:
            content = file.read().partition(b"\n")[2]
        write(os.path.join(target, "fuzz_fixture"), os.path.basename(path), content)
    for number in range(16):
        write(os.path.join(target, "fuzz_segment"), f"changes{number}", make_changes(1 + 2 * number))
        write(os.path.join(target, "fuzz_report"), f"changes{number}", make_report_changes(1 + number))
        write(os.path.join(target, "fuzz_heap"), f"patches{number}", make_patches(1 + 3 * number))
        write(os.path.join(target, "fuzz_layout"), f"lies{number}", make_lies(1 + number))


if __name__ == "__main__":
    main()
