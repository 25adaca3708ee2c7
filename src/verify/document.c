/* The text of a digest file, and the names of digest and log files (CloudTrail user guide, "Digest file
 * structure"). Whatever a digest says is believed only once its signature or the next digest says the same;
 * here it only has to be well formed. Keys may stand in any order. */
#include "internal.h"

#include "trailloop/json.h"

#include <inttypes.h>
#include <stdio.h>

static int bad(struct tl_arena *arena, tl_str *why, const char *what, tl_str which, struct tl_err *err)
{
    *why = tl_arena_printf(arena, "%s%.*s", what, TL_FMT(which));
    return why->p ? DIGEST_BAD : tl_err_nomem(err);
}

/* Member `key` of the object, exactly so spelt. */
static struct js_value member(struct js_value object, tl_str key)
{
    struct js_value found = {.type = JS_NONE}, name, value;
    struct js j = js_inside(object);
    bool first = true;
    js_open(&j);
    while (js_next_member(&j, &first, &name) && js_read_value(&j, 1, &value))
        if (js_key_is(name, key, false))
            found = value;
    return found;
}

/* The text of a string. 0 with it, TL_ENOMEM, or 1 when it is no string or cannot be a field of a line. */
static int text_of(struct js_value v, struct tl_arena *arena, tl_str *out)
{
    if (v.type != JS_STRING)
        return 1;
    *out = v.raw;
    if (v.escaped) {
        char *to = tl_arena_alloc(arena, v.raw.n + 1);
        if (!to)
            return TL_ENOMEM;
        *out = (tl_str){to, js_unescape(v.raw, to)};
    }
    return out->n && memchr(out->p, 0, out->n) ? 1 : 0;
}

/* Hex in lower case, as it is compared. 0, TL_ENOMEM, or 1 when it is not `n` bytes (0: any number) of hex.
 */
static int hex_of(tl_str text, size_t n, struct tl_arena *arena, tl_str *out)
{
    if (text.n % 2 || (n && text.n != n))
        return 1;
    char *to = tl_arena_alloc(arena, text.n + 1);
    if (!to)
        return TL_ENOMEM;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        to[i] = c >= 'A' && c <= 'F' ? (char)(c | 0x20) : c;
        if (!((to[i] >= '0' && to[i] <= '9') || (to[i] >= 'a' && to[i] <= 'f')))
            return 1;
    }
    *out = (tl_str){to, text.n};
    return 0;
}

enum field_kind { FIELD_TEXT, FIELD_TIME, FIELD_SHA256, FIELD_HEX };

struct field {
    tl_str key;
    enum field_kind kind;
    bool may_be_null;
    tl_str *text;
    int64_t *time_s;
};

static int read_field(struct js_value root, const struct field *f, struct tl_arena *arena)
{
    struct js_value v = member(root, f->key);
    tl_str text = TL_STR_NONE;
    if (v.type == JS_NULL || (v.type == JS_NONE && f->may_be_null))
        return f->may_be_null ? 0 : 1;
    int r = text_of(v, arena, &text);
    if (r)
        return r;
    if (f->kind == FIELD_TIME && !tl_time_parse(text, f->time_s))
        return 1;
    if (f->kind == FIELD_SHA256)
        return hex_of(text, HEX_BYTES, arena, f->text);
    tl_str hex; /* a signature is part of what is signed, as it stands */
    if (f->kind == FIELD_HEX && (r = hex_of(text, 0, arena, &hex)))
        return r;
    if (f->text)
        *f->text = text;
    return 0;
}

/* Algorithms that this program knows: what else is named is not verifiable here. */
static int check_word(struct js_value root, tl_str key, tl_str want, struct tl_arena *arena)
{
    tl_str is = want;
    struct js_value v = member(root, key);
    if (v.type == JS_NULL || v.type == JS_NONE)
        return 0;
    int r = text_of(v, arena, &is);
    return r ? r : !tl_str_eq(is, want);
}

static int read_root(tl_str text, struct js_value *root)
{
    struct js j = {.p = text.p, .end = text.p + text.n};
    if (!js_read_value(&j, 0, root) || !js_read_end(&j))
        return (int)(j.p - text.p) + 1;
    return 0;
}

int digest_read(tl_str text, struct tl_arena *arena, struct digest *out, tl_str *why, struct tl_err *err)
{
    *out = (struct digest){0};
    const struct field fields[] = {
        {TL_STR("awsAccountId"), FIELD_TEXT, false, &out->account, NULL},
        {TL_STR("digestS3Bucket"), FIELD_TEXT, false, &out->bucket, NULL},
        {TL_STR("digestS3Object"), FIELD_TEXT, false, &out->object, NULL},
        {TL_STR("digestStartTime"), FIELD_TIME, false, NULL, &out->start_s},
        {TL_STR("digestEndTime"), FIELD_TIME, false, &out->end_text, &out->end_s},
        {TL_STR("digestPublicKeyFingerprint"), FIELD_TEXT, true, &out->fingerprint, NULL},
        {TL_STR("previousDigestS3Object"), FIELD_TEXT, true, &out->previous_object, NULL},
        {TL_STR("previousDigestHashValue"), FIELD_SHA256, true, &out->previous_sha256, NULL},
        {TL_STR("previousDigestSignature"), FIELD_HEX, true, &out->previous_signature, NULL},
    };
    const struct {
        tl_str key, want;
    } words[] = {{TL_STR("digestSignatureAlgorithm"), TL_STR("SHA256withRSA")},
                 {TL_STR("previousDigestHashAlgorithm"), TL_STR("SHA-256")}};
    struct js_value root;
    int at = read_root(text, &root);
    if (at) {
        *why = tl_arena_printf(arena, "not valid JSON at byte %d", at - 1);
        return why->p ? DIGEST_BAD : tl_err_nomem(err);
    }
    if (root.type != JS_OBJECT || member(root, TL_STR("logFiles")).type != JS_ARRAY)
        return bad(arena, why, "not a digest: it has no list ", TL_STR("logFiles"), err);
    int r = 0;
    for (size_t i = 0; i < sizeof fields / sizeof *fields && r == 0; i++)
        if ((r = read_field(root, &fields[i], arena)) > 0)
            return bad(arena, why, "not a digest: no good value in ", fields[i].key, err);
    for (size_t i = 0; i < sizeof words / sizeof *words && r == 0; i++)
        if ((r = check_word(root, words[i].key, words[i].want, arena)) > 0)
            return bad(arena, why, "made by an algorithm that is not known here: ", words[i].key, err);
    if (r == 0 && out->previous_object.n && !out->previous_sha256.n)
        return bad(arena, why, "not a digest: no good value in ", TL_STR("previousDigestHashValue"), err);
    return r ? tl_err_nomem(err) : 0;
}

int digest_each_log(tl_str text, struct tl_arena *arena, digest_log_fn *fn, void *ctx, struct tl_err *err)
{
    struct js_value root, entry;
    if (read_root(text, &root))
        return 0;
    struct js j = js_inside(member(root, TL_STR("logFiles")));
    bool first = true;
    int r = 0;
    js_open(&j);
    while (r == 0 && js_next_element(&j, &first) && js_read_value(&j, 1, &entry)) {
        struct tl_arena mark = *arena;
        tl_str object = TL_STR_NONE, hex = TL_STR_NONE;
        const struct field fields[] = {{TL_STR("s3Object"), FIELD_TEXT, false, &object, NULL},
                                       {TL_STR("hashValue"), FIELD_SHA256, false, &hex, NULL}};
        bool known = entry.type == JS_OBJECT;
        for (size_t i = 0; i < 2 && r == 0 && known; i++) {
            r = read_field(entry, &fields[i], arena);
            known = r == 0;
            r = r < 0 ? r : 0;
        }
        if (r == 0 && known)
            r = check_word(entry, TL_STR("hashAlgorithm"), TL_STR("SHA-256"), arena);
        known = known && r == 0;
        r = r < 0 ? tl_err_nomem(err) : fn(ctx, object, known ? hex : TL_STR_NONE);
        tl_arena_back(arena, &mark);
    }
    return r;
}

/* ---- names -------------------------------------------------------------------------------------- */

static tl_str without_end(tl_str s, tl_str end)
{
    return tl_str_ends(s, end) ? tl_str_sub(s, 0, s.n - end.n) : s;
}

tl_str file_key(tl_str path)
{
    size_t slash = tl_str_rfind_char(path, '/');
    return without_end(slash == SIZE_MAX ? path : tl_str_sub(path, slash + 1, path.n), TL_STR(".gz"));
}

/* Whether `s` has the form of `form`, where 0 stands for any digit. */
static bool has_form(tl_str s, tl_str form)
{
    if (s.n != form.n)
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (form.p[i] == '0' ? s.p[i] < '0' || s.p[i] > '9' : s.p[i] != form.p[i])
            return false;
    return true;
}

/* Takes `_20240227T050000Z` and the like off the end. */
static tl_str without_time(tl_str s)
{
    static const tl_str form = TL_STR("_00000000T000000Z");
    bool has = s.n > form.n && has_form(tl_str_sub(s, s.n - form.n, s.n), form);
    return has ? tl_str_sub(s, 0, s.n - form.n) : s;
}

struct digest_name digest_name_of(tl_str object)
{
    static const tl_str mark = TL_STR("_CloudTrail-Digest_"), date = TL_STR("/0000/00/00");
    struct digest_name name = {0};
    size_t slash = tl_str_rfind_char(object, '/');
    name.directory = slash == SIZE_MAX ? TL_STR_NONE : tl_str_sub(object, 0, slash);
    tl_str d = name.directory;
    if (d.n > date.n && has_form(tl_str_sub(d, d.n - date.n, d.n), date))
        name.directory = tl_str_sub(d, 0, d.n - date.n);
    tl_str base = without_end(file_key(object), TL_STR(".json"));
    name.backfill = tl_str_ends(base, TL_STR("_backfill"));
    name.stem = without_time(without_end(base, TL_STR("_backfill")));
    size_t at = tl_str_find(name.stem, mark);
    if (at == SIZE_MAX)
        return name;
    tl_str rest = tl_str_sub(name.stem, at + mark.n, name.stem.n); /* region_trail_homeRegion */
    size_t first = tl_str_find(rest, TL_STR("_")), last = tl_str_rfind_char(rest, '_');
    if (first == SIZE_MAX || first == last)
        return name;
    name.region = tl_str_sub(rest, 0, first);
    name.trail = tl_str_sub(rest, first + 1, last);
    return name;
}

bool log_name_of(tl_str key, tl_str *account, tl_str *region, int64_t *time_s)
{
    static const tl_str mark = TL_STR("_CloudTrail_"), form = TL_STR("00000000T0000Z");
    size_t at = tl_str_find(key, mark);
    if (at == SIZE_MAX)
        return false;
    *account = tl_str_sub(key, 0, at);
    tl_str rest = tl_str_sub(key, at + mark.n, key.n);
    size_t cut = tl_str_find(rest, TL_STR("_"));
    if (cut == SIZE_MAX || !has_form(tl_str_sub(rest, cut + 1, cut + 1 + form.n), form))
        return false;
    const char *t = rest.p + cut + 1;
    char iso[32];
    *region = tl_str_sub(rest, 0, cut);
    int n = snprintf(iso, sizeof iso, "%.4s-%.2s-%.2sT%.2s:%.2s:00Z", t, t + 4, t + 6, t + 9, t + 11);
    return tl_time_parse((tl_str){iso, (size_t)n}, time_s);
}
