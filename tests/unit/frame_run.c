/* What the tests of the framer share: see the header. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "frame_run.h"

void story_fini(struct story *s)
{
    tl_buf_fini(&s->text);
    tl_buf_fini(&s->ids);
}

/* What a reader of records would say: strict JSON, an object, an eventID. */
static bool is_good_record(tl_str json, struct story *s)
{
    json_t *j = json_loadb(json.p, json.n, 0, NULL);
    const char *id = json_string_value(json_object_get(j, "eventID"));
    bool good = id != NULL;
    if (good) {
        assert_int_equal(tl_buf_add_str(&s->ids, tl_str_from(id)), 0);
        assert_int_equal(tl_buf_add(&s->ids, " ", 1), 0);
    }
    json_decref(j);
    return good;
}

static void tell(struct story *s, const char *what, uint64_t number, uint64_t offset, uint64_t length,
                 tl_str json, const char *why)
{
    assert_int_equal(tl_buf_printf(&s->text, "%s %llu at %llu+%llu %016llx %s\n", what,
                                   (unsigned long long)number, (unsigned long long)offset,
                                   (unsigned long long)length, (unsigned long long)tl_str_hash(json), why),
                     0);
}

/* Takes all that the framer has to say; false when it wants more bytes. */
static bool listen(struct tl_frame *f, struct story *s, bool judge, tl_str whole)
{
    for (;;) {
        struct tl_record rec;
        struct tl_damage damage;
        int r = tl_frame_next(f, &rec, &damage, NULL);
        if (r == TL_FRAME_MORE || r == TL_FRAME_END)
            return r == TL_FRAME_END;
        if (r == TL_FRAME_DAMAGE) {
            s->n_damaged++;
            tell(s, "damage", damage.number, damage.offset, damage.length, TL_STR_NONE, damage.why);
            assert_true(damage.offset + damage.length <= whole.n);
            continue;
        }
        if (r == TL_FRAME_FOREIGN) {
            s->n_foreign++;
            tell(s, "foreign", rec.number, rec.offset, rec.length, rec.json, "");
            continue;
        }
        assert_int_equal(r, 0);
        tell(s, "record", rec.number, rec.offset, rec.length, rec.json, rec.recovered ? "recovered" : "");
        assert_true(rec.offset + rec.length <= whole.n);
        if (whole.p[rec.offset] == '{') /* its own text: where it says it is */
            assert_true(tl_str_eq(rec.json, tl_str_sub(whole, rec.offset, rec.offset + rec.length)));
        s->n_recovered += rec.recovered;
        if (judge && !is_good_record(rec.json, s)) {
            s->n_rejected++;
            tl_frame_reject(f);
        } else {
            s->n_records++;
        }
    }
}

/* Frames `bytes` in blocks of `block` bytes; 0: of changing sizes. Each block is a copy of its own size, so
 * that a read outside it, or after it was given back, shows under ASan. */
struct story frame(struct tl_frame *f, tl_str bytes, size_t block, bool judge, bool whole)
{
    struct story s = {0};
    unsigned x = 12345;
    tl_frame_reset(f);
    for (size_t i = 0; i < bytes.n;) {
        x = x * 1103515245 + 12345;
        size_t n = block ? block : 1 + (x >> 16) % (1 + (x >> 8) % 5000);
        if (n > bytes.n - i)
            n = bytes.n - i;
        char *copy = malloc(n);
        assert_non_null(copy);
        memcpy(copy, bytes.p + i, n);
        tl_frame_push(f, (tl_str){copy, n});
        assert_false(listen(f, &s, judge, bytes));
        free(copy);
        i += n;
    }
    tl_frame_finish(f, whole);
    assert_true(listen(f, &s, judge, bytes));
    s.container = tl_frame_container(f);
    return s;
}

struct story frame_whole(tl_str bytes, bool judge)
{
    struct tl_frame *f;
    assert_int_equal(tl_frame_new(&f, NULL), 0);
    struct story s = frame(f, bytes, bytes.n ? bytes.n : 1, judge, true);
    tl_frame_free(f);
    return s;
}

/* The same in several cuts, which must say the same. */
struct story frame_all_ways(tl_str bytes, bool judge)
{
    static const size_t blocks[] = {1, 2, 3, 7, 64, 1000, 4096, 0};
    struct story s = frame_whole(bytes, judge);
    struct tl_frame *f;
    assert_int_equal(tl_frame_new(&f, NULL), 0);
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
        struct story other = frame(f, bytes, blocks[i], judge, true);
        if (!tl_str_eq(tl_buf_str(&s.text), tl_buf_str(&other.text)) || s.container != other.container)
            fail_msg("in blocks of %zu bytes:\n%.*s\nwhole:\n%.*s", blocks[i],
                     TL_FMT(tl_buf_str(&other.text)), TL_FMT(tl_buf_str(&s.text)));
        story_fini(&other);
    }
    tl_frame_free(f);
    return s;
}
