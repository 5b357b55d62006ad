// Waits that are left otherwise than by their end or by longjmp(), each way more often than a
// thread keeps waits: by an exception out of a signal handler, by swapcontext() there, by
// pthread_exit() and by cancellation. At the end nobody waits any more but one thread, and it is
// told for what.
#include "preload_stay.h"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <thread>
#include <ucontext.h>
#include <unistd.h>

namespace
{
enum { TIMES = 300 };

sem_t never;
pthread_mutex_t last = PTHREAD_MUTEX_INITIALIZER;
std::atomic<int> waits, left;
ucontext_t outside, within;

[[noreturn]] void throw_it(int)
{
    throw 1;
}

void switch_away(int)
{
    swapcontext(&within, &outside);
}

void leave_thread(int)
{
    pthread_exit(nullptr);
}

void wait_for_ever()
{
    waits++;
    for (;;)
        sem_wait(&never);
}

void catch_it()
{
    try {
        wait_for_ever();
    } catch (int) {
        left++;
    }
}

void come_back()
{
    volatile bool was_here = false;
    getcontext(&outside);
    if (was_here) {
        left++;
        return;
    }
    was_here = true;
    wait_for_ever();
}

// Does the thread sleep? In a wait that it is to leave.
bool sleeps(pid_t thread)
{
    char path[64], state = 0;
    snprintf(path, sizeof path, "/proc/self/task/%d/stat", thread);
    FILE *file = fopen(path, "r");
    REQUIRE(file && fscanf(file, "%*d %*s %c", &state) == 1);
    fclose(file);
    return state == 'S';
}

void handle(void (*handler)(int))
{
    struct sigaction action = {};
    action.sa_handler = handler;
    action.sa_flags = SA_NODEFER;
    sigaction(SIGUSR1, &action, nullptr);
}

// In one thread, again and again, disturbed by another one.
void repeat(void (*handler)(int), void (*leave_once)())
{
    handle(handler);
    waits = left = 0;
    pthread_t self = pthread_self();
    pid_t number = gettid();
    std::thread disturber([self, number] {
        for (int i = 0; i < TIMES; i++) {
            while (waits == i || !sleeps(number))
                sched_yield();
            pthread_kill(self, SIGUSR1);
            while (left <= i)
                sched_yield();
        }
    });
    for (int i = 0; i < TIMES; i++)
        leave_once();
    disturber.join();
}

// In a thread for each time; one of them is a wait of main's for it.
void end_threads(bool cancel)
{
    for (int i = 0; i < TIMES; i++) {
        std::atomic<pid_t> number{0};
        pthread_t thread;
        auto body = [](void *result) -> void * {
            *static_cast<std::atomic<pid_t> *>(result) = gettid();
            wait_for_ever();
            return nullptr;
        };
        REQUIRE(pthread_create(&thread, nullptr, body, &number) == 0);
        while (number == 0 || !sleeps(number))
            sched_yield();
        if (cancel)
            pthread_cancel(thread);
        else
            pthread_kill(thread, SIGUSR1);
        REQUIRE(pthread_join(thread, nullptr) == 0);
    }
}

void *want(void *nothing)
{
    pthread_setname_np(pthread_self(), "waiter");
    pthread_mutex_lock(&last);
    return nothing;
}
} // namespace

int main()
{
    sem_init(&never, 0, 0);
    repeat(throw_it, catch_it);
    repeat(switch_away, come_back);
    handle(leave_thread);
    end_threads(false);
    end_threads(true);
    pthread_t thread;
    REQUIRE(pthread_mutex_lock(&last) == 0);
    REQUIRE(pthread_create(&thread, nullptr, want, nullptr) == 0);
    say_ready_and_stay();
    return 0;
}
