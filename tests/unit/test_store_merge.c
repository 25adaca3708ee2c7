/* store, the stage: what is merged bit by bit while other files come is what a commit after each file gives:
 * with second copies in other halves of it, a file that is taken back, a new version, and one larger than the
 * stage. */
#include "store_util.h"

#include "private.h"

#define T0 1700000000

enum { BIG = TL_STAGE_EVENTS + TL_STAGE_EVENTS / 4, SMALL = 4000, COPIES = 500 };

struct part {
    const char *name;
    unsigned from, to;
    enum tl_outcome outcome;
};

/* Each begins with copies of what is in the one before. The third fills a half of the stage, so that it is
 * merged beside those that follow; the big one fills the other half by its rows before that is done. */
static const struct part parts[] = {
    {"/a", 0, SMALL, TL_OUTCOME_DONE},
    {"/b", SMALL - COPIES, 2 * SMALL, TL_OUTCOME_DONE},
    {"/c", 2 * SMALL - COPIES, 7 * SMALL, TL_OUTCOME_DONE},
    {"/bad", 7 * SMALL - COPIES, 8 * SMALL, TL_OUTCOME_CUT},
    {"/big", 7 * SMALL - COPIES, 7 * SMALL + BIG, TL_OUTCOME_DONE},
    {"/0", SMALL, 7 * SMALL - COPIES,
     TL_OUTCOME_DONE}, /* nearly all are copies, in the smaller place: they win */
    {"/e", 3 * SMALL, 7 * SMALL, TL_OUTCOME_DONE},
    {"/bad", 11 * SMALL - COPIES, 7 * SMALL + BIG, TL_OUTCOME_CUT},
    {"/b", SMALL + COPIES, 2 * SMALL + COPIES, TL_OUTCOME_DONE},
    {"/f", 10 * SMALL, 11 * SMALL + COPIES, TL_OUTCOME_DONE},
};
enum { N_PARTS = sizeof parts / sizeof *parts };

static void make(struct made *m, unsigned i)
{
    static const char *const names[] = {"f0", "f1", "f2", "f3", "f4", "f5", "f6"};
    struct tl_resource f = resource_named("111122223333", "eu-west-1", "AWS::Lambda::Function", names[i % 7]);
    int64_t t = T0 + (int64_t)(i * 2654435761u % 7200);
    if (i % 5 == 0 || i > 8 * SMALL)
        make_change(m, i + 1, t, i % 2 ? "AddPermission" : "RemovePermission", f);
    else if (i % 97 == 0)
        make_verdict(m, i + 1, t, "public", TL_NON_COMPLIANT, f);
    else
        make_event(m, i + 1, t, "sts", "AssumeRole");
}

static void put_part(struct tl_store *s, const struct part *p)
{
    MUST(tl_store_file_begin(s, tl_str_from(p->name), tl_str_from(p->name), err));
    for (unsigned i = p->from; i < p->to; i++) {
        struct made m;
        const struct tl_origin at = {i - p->from, i, 10};
        make(&m, i);
        MUST(tl_store_put(s, &m.ev, &at, err));
    }
    struct tl_source src = done_source(p->to - p->from);
    src.outcome = p->outcome;
    MUST(tl_store_file_end(s, &src, false, err));
}

static char *content(const struct place *p, bool each_alone)
{
    struct tl_store *s = open_store(p->db, TL_STORE_WRITE);
    MUST(tl_store_begin(s, err));
    for (unsigned i = 0; i < N_PARTS; i++) {
        put_part(s, &parts[i]);
        if (each_alone) {
            MUST(tl_store_commit(s, err));
            MUST(tl_store_begin(s, err));
        }
    }
    MUST(tl_store_commit(s, err));
    tl_store_close(s);
    char *all = content_of(p->db);
    assert_int_equal(
        ask(p->db, "SELECT sum(n_read - n_kept - n_duplicates - n_damaged - n_unused) FROM source"), 0);
    assert_int_equal(ask(p->db, "SELECT count(*) FROM event"), 7 * SMALL + BIG);
    assert_int_equal(unlink(p->db), 0);
    return all;
}

static void merging_beside_other_files_changes_nothing(void **state)
{
    char *beside = content(*state, false), *alone = content(*state, true);
    assert_true(strcmp(beside, alone) == 0);
    free(beside);
    free(alone);
}

/* What is rolled back in the middle of a merge leaves nothing behind. */
static void a_merge_may_be_rolled_back(void **state)
{
    const struct place *p = *state;
    struct tl_store *s = open_store(p->db, TL_STORE_WRITE);
    for (int round = 0; round < 2; round++) {
        MUST(tl_store_begin(s, err));
        for (unsigned i = 0; i < 3; i++)
            put_part(s, &parts[i]);
        put_part(s, &(struct part){"/g", 7 * SMALL, 7 * SMALL + COPIES, TL_OUTCOME_DONE});
        if (round == 0)
            MUST(tl_store_rollback(s, err));
    }
    MUST(tl_store_commit(s, err));
    tl_store_close(s);
    assert_int_equal(ask(p->db, "SELECT count(*) FROM event"), 7 * SMALL + COPIES);
    assert_int_equal(ask(p->db, "SELECT sum(n_kept) FROM source"), 7 * SMALL + COPIES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(merging_beside_other_files_changes_nothing, place_setup,
                                        place_teardown),
        cmocka_unit_test_setup_teardown(a_merge_may_be_rolled_back, place_setup, place_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
