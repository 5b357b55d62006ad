"""Threads, locks, processes of all kinds, signals: everything with a result that can be compared."""

import asyncio
import concurrent.futures
import multiprocessing
import os
import queue
import signal
import subprocess
import sys
import threading


def digest(number):
    value = number
    for _ in range(2000):
        value = (value * 1103515245 + 12345) & 0x7FFFFFFF
    return value


def with_threads():
    jobs, results, lock = queue.Queue(), {}, threading.Lock()

    def work():
        while (job := jobs.get()) is not None:
            result = digest(job)
            with lock:
                results[job] = result

    threads = [threading.Thread(target=work, name=f"worker {i}") for i in range(6)]
    for thread in threads:
        thread.start()
    for job in range(40):
        jobs.put(job)
    for _ in threads:
        jobs.put(None)
    for thread in threads:
        thread.join()
    return sum(results.values())


def with_conditions():
    barrier, turn, condition, said = threading.Barrier(4), [0], threading.Condition(), []

    def speak(me):
        barrier.wait()
        with condition:
            condition.wait_for(lambda: turn[0] == me)
            said.append(me)
            turn[0] += 1
            condition.notify_all()

    threads = [threading.Thread(target=speak, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return said


def with_signal():
    got = []
    signal.signal(signal.SIGUSR1, lambda number, _: got.append(number))
    for _ in range(5):
        os.kill(os.getpid(), signal.SIGUSR1)
    return got


async def with_loop():
    async def nap(number):
        await asyncio.sleep(0.001 * number)
        return await asyncio.to_thread(digest, number)
    return sum(await asyncio.gather(*(nap(number) for number in range(8))))


def main():
    print(with_threads(), with_conditions(), with_signal(), asyncio.run(with_loop()))
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        print(sum(pool.map(digest, range(50))))
    for method in ("fork", "spawn", "forkserver"):
        with multiprocessing.get_context(method).Pool(2) as pool:
            print(method, sum(pool.map(digest, range(20))))
    pid = os.fork()
    if pid == 0:
        os._exit(with_threads() % 100)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    print(subprocess.run(["sh", "-c", "echo child; exit 5"], capture_output=True, check=False))
    sys.exit(7)


if __name__ == "__main__":
    main()
