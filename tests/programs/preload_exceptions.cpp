// C++: threads, futures, exceptions, and destructors that a leaving thread runs.
#include <condition_variable>
#include <cstdio>
#include <future>
#include <mutex>
#include <pthread.h>
#include <shared_mutex>
#include <stdexcept>
#include <thread>
#include <vector>

namespace
{
int destroyed;

struct Guard {
    ~Guard()
    {
        destroyed++;
    }
};

struct PerThread {
    int value = 1;
    ~PerThread()
    {
        destroyed++;
    }
};
thread_local PerThread per_thread;

void *leave(void *)
{
    Guard guard;
    per_thread.value++;
    pthread_exit(nullptr);
}
} // namespace

int main()
{
    std::thread catching([] {
        try {
            throw std::runtime_error("thrown");
        } catch (const std::exception &caught) {
            std::printf("caught %s\n", caught.what());
        }
    });
    catching.join();

    auto future = std::async(std::launch::async, []() -> int { throw std::logic_error("later"); });
    try {
        future.get();
    } catch (const std::logic_error &caught) {
        std::printf("caught %s\n", caught.what());
    }

    pthread_t leaving;
    pthread_create(&leaving, nullptr, leave, nullptr);
    pthread_join(leaving, nullptr);
    std::printf("destroyed %d\n", destroyed);

    std::mutex mutex;
    std::shared_mutex shared;
    std::condition_variable changed;
    int turns = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; i++)
        threads.emplace_back([&, i] {
            std::unique_lock<std::mutex> lock(mutex);
            changed.wait(lock, [&] { return turns == i; });
            turns++;
            changed.notify_all();
            std::shared_lock<std::shared_mutex> reading(shared);
        });
    for (auto &thread : threads)
        thread.join();
    std::printf("turns %d\n", turns);

    std::thread([] {}).detach();
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    std::fflush(stdout);
    std::thread uncaught([] { throw 1; }); // ends the program
    uncaught.join();
    return 0;
}
