/*
 * A program of C++, with a function that has a name of Rust, and locks that are taken inside of
 * libraries: two threads that wait for each other, and one that waits behind them. Compiled without
 * debug information: all names are the linker's. Its threads are named in three ways, and one is
 * not.
 */
#include <cstdio>
#include <fstream>
#include <mutex>
#include <pthread.h>
#include <semaphore.h>
#include <string>
#include <sys/prctl.h>
#include <thread>
#include <unistd.h>

extern "C" int toolkit_lock(pthread_mutex_t *mutex);
extern "C" void add_to_cart() __asm__("_RNvNtCsc_4shop4cart3add");

static std::mutex accounts[2];
static pthread_barrier_t both_hold_one;
static sem_t held;

namespace bank
{
__attribute__((noinline)) void transfer(std::mutex &from, std::mutex &to)
{
    std::lock_guard<std::mutex> first(from);
    pthread_barrier_wait(&both_hold_one);
    sem_post(&held);
    std::lock_guard<std::mutex> second(to);
}
} // namespace bank

extern "C" __attribute__((noinline)) void add_to_cart()
{
    toolkit_lock(accounts[0].native_handle());
}

static void name_by_file(const char *name)
{
    std::ofstream("/proc/self/task/" + std::to_string(gettid()) + "/comm") << name;
}

int main()
{
    pthread_barrier_init(&both_hold_one, nullptr, 2);
    sem_init(&held, 0, 0);
    std::thread payer([] {
        pthread_setname_np(pthread_self(), "payer");
        bank::transfer(accounts[0], accounts[1]);
    });
    std::thread payee([] {
        prctl(PR_SET_NAME, "payee");
        bank::transfer(accounts[1], accounts[0]);
    });
    sem_wait(&held);
    std::thread buyer([] {
        name_by_file("buyer");
        add_to_cart();
    });
    std::thread other([] { std::lock_guard<std::mutex> never(accounts[1]); });
    std::puts("ready");
    std::fflush(stdout);
    std::getchar();
    _exit(0);
}
