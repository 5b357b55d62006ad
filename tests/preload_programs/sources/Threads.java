import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.*;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.LongStream;

/** Threads, monitors, locks, a child process, and exceptions that the machine makes of signals. */
public class Threads {
    static int count;

    static synchronized void add() {
        count++;
    }

    static int deep(int level) {
        return deep(level + 1) + 1;
    }

    public static void main(String[] arguments) throws Exception {
        List<Thread> threads = new ArrayList<>();
        ReentrantLock lock = new ReentrantLock();
        int[] other = {0};
        for (int i = 0; i < 8; i++) {
            Thread thread = new Thread(() -> {
                for (int j = 0; j < 2000; j++) {
                    add();
                    lock.lock();
                    other[0]++;
                    lock.unlock();
                }
            });
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads)
            thread.join();
        System.out.println(count + " " + other[0]);
        ExecutorService pool = Executors.newFixedThreadPool(4);
        List<Future<Integer>> results = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            int number = i;
            results.add(pool.submit(() -> number * number));
        }
        int sum = 0;
        for (Future<Integer> result : results)
            sum += result.get();
        pool.shutdown();
        System.out.println(sum + " " + LongStream.range(0, 100000).parallel().sum());
        try {
            String nothing = arguments.length == 0 ? null : "";
            System.out.println(nothing.length());
        } catch (NullPointerException exception) {
            System.out.println("null");
        }
        try {
            deep(0);
        } catch (StackOverflowError error) {
            System.out.println("deep");
        }
        System.gc();
        Process child = new ProcessBuilder("sh", "-c", "exit 3").start();
        System.out.println(child.waitFor());
        Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("end")));
        System.exit(9);
    }
}
