/*
 * Contexts that become more and more, or seem to, for each pattern at a place of its own. Those of
 * the functions whose names begin with `leak` stay; `fall_behind` is a queue that is served too
 * slowly; all the others come and go, or have come and stay. It says "ready" and runs until killed.
 */
#include "stay.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { MOST = 20000 };

struct kept {
    ctxt_t *contexts[MOST];
    double end[MOST]; /* of requests: when each is answered */
    int count;
};

static ctxt_t *server;

typedef ctxt_t *maker(void);

/* One place each. */
#define PLACE(name)                                                                                \
    OUT_OF_LINE static ctxt_t *name(void)                                                          \
    {                                                                                              \
        return ctxt_with_cancel(server);                                                           \
    }

PLACE(leak_evenly)
PLACE(leak_in_steps)
PLACE(leak_seldom)
PLACE(leak_among_short_requests)
PLACE(leak_among_long_requests)
PLACE(fall_behind)
PLACE(warm_up)
PLACE(fill_a_cache)
PLACE(reach_a_plateau)
PLACE(follow_the_load)
PLACE(rise_and_reset)
PLACE(replace_the_oldest)
PLACE(serve_short_requests)
PLACE(serve_long_requests)

static void add(struct kept *kept, maker *make, double end)
{
    if (kept->count == MOST)
        return;
    kept->end[kept->count] = end;
    kept->contexts[kept->count++] = make();
}

static void end_one(struct kept *kept, int place)
{
    ctxt_t *context = kept->contexts[place];
    kept->count--;
    size_t after = (size_t)(kept->count - place);
    memmove(&kept->contexts[place], &kept->contexts[place + 1], after * sizeof kept->contexts[0]);
    memmove(&kept->end[place], &kept->end[place + 1], after * sizeof kept->end[0]);
    ctxt_cancel(context);
    ctxt_unref(context);
}

/* As many as wanted: the youngest go first. */
static void keep(struct kept *kept, maker *make, double wanted)
{
    while (kept->count + 1 <= wanted)
        add(kept, make, HUGE_VAL);
    while (kept->count > 0 && kept->count > wanted)
        end_one(kept, kept->count - 1);
}

/*
 * Some in a second, each answered after a half to one and a half of the time to stay; but one of so
 * many never is (0: all are).
 */
struct load {
    double rate, stay;
    int leaks;
    double next;
    int number;
};

static void serve(struct kept *kept, maker *make, double now, struct load *load)
{
    for (; load->next < now; load->next += 1 / load->rate) {
        double stay = load->stay * (0.5 + fmod(load->number++ * 0.618, 1));
        bool leaks = load->leaks && load->number % load->leaks == 0;
        add(kept, make, leaks ? HUGE_VAL : load->next + stay);
    }
    for (int i = 0; i < kept->count;) {
        if (kept->end[i] < now)
            end_one(kept, i);
        else
            i++;
    }
}

static void run_leaks(double now)
{
    static struct kept evenly, in_steps, seldom, shorts, longs;
    static struct load many = {.rate = 100, .stay = 0.01, .leaks = 20};
    static struct load long_ones = {.rate = 40, .stay = 0.3, .leaks = 8};
    keep(&evenly, leak_evenly, 20 * now);
    keep(&in_steps, leak_in_steps, 10 * floor(now / 0.8));
    keep(&seldom, leak_seldom, now / 0.8);
    serve(&shorts, leak_among_short_requests, now, &many);
    serve(&longs, leak_among_long_requests, now, &long_ones);
}

/* Served in the order in which they come. */
static void run_queue(double now)
{
    static struct kept queue;
    static double next_in, next_out;
    for (; next_in < now; next_in += 1 / 200.0)
        add(&queue, fall_behind, HUGE_VAL);
    for (; next_out < now; next_out += 1 / 140.0)
        if (queue.count > 0)
            end_one(&queue, 0);
}

static void run_healthy(double now)
{
    static struct kept warm, cache, plateau, load, reset, recent, shorts, longs;
    static struct load many = {.rate = 100, .stay = 0.01}, long_ones = {.rate = 40, .stay = 0.3};
    static double next_recent;
    keep(&warm, warm_up, 30 * fmin(1, now / 0.5));
    keep(&cache, fill_a_cache, 100 * (1 - exp(-now / 0.3)));
    keep(&plateau, reach_a_plateau, 60 * fmin(1, now / 1.5));
    keep(&load, follow_the_load, 20 + 15 * sin(6.2832 * now));
    keep(&reset, rise_and_reset, 20 * fmod(now, 0.9));
    for (; next_recent < now; next_recent += 1 / 50.0) {
        if (recent.count == 50)
            end_one(&recent, 0);
        add(&recent, replace_the_oldest, HUGE_VAL);
    }
    serve(&shorts, serve_short_requests, now, &many);
    serve(&longs, serve_long_requests, now, &long_ones);
}

int main(void)
{
    server = ctxt_with_cancel(ctxt_background());
    int64_t start = ctxt_now();
    puts("ready");
    fflush(stdout);
    for (;;) {
        double now = (double)(ctxt_now() - start) / 1e9;
        run_leaks(now);
        run_queue(now);
        run_healthy(now);
        ctxt_sleep(server, 5 * CTXT_MILLISECOND);
    }
}
