/* Which claims become one finding, and in which order. */
#include "findings/claim_groups.h"
#include "scene.h"

static struct claims claims;
static struct group_key *keys;

static int begin(void **state)
{
    (void)state;
    claims = (struct claims){0};
    keys = NULL;
    return 0;
}

static int end(void **state)
{
    (void)state;
    free(claims.items);
    free(keys);
    return 0;
}

/* Its number among those that were added is in `subject`. */
static void add(struct claim claim)
{
    claim.subject = (uint32_t)claims.count;
    claims_add(&claims, &claim);
    assert_false(claims.failed);
}

static void sort(void)
{
    assert_true(claims_sort_into_groups(&claims, &keys));
}

/* How many groups there are; all claims of each are neighbours. */
static size_t groups(void)
{
    size_t count = 1;
    for (size_t i = 1; i < claims.count; i++)
        count += !claims_same_group(&keys[i - 1], &keys[i]);
    for (size_t i = 0; i < claims.count; i++)
        assert_int_equal(keys[i].index, claims.items[i].subject);
    return count;
}

static void claims_of_one_site_are_one_group(void **state)
{
    (void)state;
    add((struct claim){.site = 7, .likeness = 1, .place = 1});
    add((struct claim){.site = 8});
    add((struct claim){.site = 7, .likeness = 2, .place = 2});
    sort();
    assert_int_equal(groups(), 2);
    assert_int_equal(claims.items[0].site, 7);
    assert_int_equal(claims.items[1].site, 7);
}

static void without_a_site_likeness_and_place_count(void **state)
{
    (void)state;
    add((struct claim){.site = SNAPSHOT_NONE, .likeness = 7, .place = 1});
    add((struct claim){.site = SNAPSHOT_NONE, .likeness = 7, .place = 2});
    add((struct claim){.site = SNAPSHOT_NONE, .likeness = 8, .place = 1});
    add((struct claim){.site = SNAPSHOT_NONE, .likeness = 7, .place = 1});
    add((struct claim){.site = 7}); /* a site is no likeness */
    sort();
    assert_int_equal(groups(), 4);
}

static void sites_likenesses_and_confidences_are_different_things(void **state)
{
    (void)state;
    add((struct claim){.site = 7});
    add((struct claim){.site = SNAPSHOT_NONE, .likeness = 7});
    add((struct claim){.site = SNAPSHOT_NONE, .likeness = 7, .confidence = CONFIDENCE_PROVED});
    sort();
    assert_int_equal(groups(), 3);
}

static void what_has_neither_stays_alone(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++)
        add((struct claim){.site = SNAPSHOT_NONE, .place = 1});
    sort();
    assert_int_equal(groups(), 3);
}

static void peers_and_confidence_tell_groups_apart(void **state)
{
    (void)state;
    add((struct claim){.site = 7, .peers = 1});
    add((struct claim){.site = 7, .peers = 2});
    add((struct claim){.site = 7, .peers = 1, .confidence = CONFIDENCE_PROVED});
    add((struct claim){.site = 7, .peers = 1});
    sort();
    assert_int_equal(groups(), 3);
}

static void the_oldest_of_a_group_is_its_first(void **state)
{
    (void)state;
    add((struct claim){.site = 7, .since_ns = SNAPSHOT_TIME_UNKNOWN});
    add((struct claim){.site = 7, .since_ns = 30});
    add((struct claim){.site = 7, .since_ns = 10});
    add((struct claim){.site = 7, .since_ns = 30});
    add((struct claim){.site = 7, .since_ns = SNAPSHOT_TIME_UNKNOWN});
    sort();
    static const uint32_t order[] = {2, 1, 3, 0, 4}; /* equals as they were added */
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(claims.items[i].subject, order[i]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(claims_of_one_site_are_one_group),
        TEST(without_a_site_likeness_and_place_count),
        TEST(sites_likenesses_and_confidences_are_different_things),
        TEST(what_has_neither_stays_alone),
        TEST(peers_and_confidence_tell_groups_apart),
        TEST(the_oldest_of_a_group_is_its_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
