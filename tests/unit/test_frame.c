/* The framer: each container, any chunking, damage and the way back from it. Every stream is framed whole,
 * byte by byte and in other cuts, and must tell the same story each time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "frame_run.h"

/* ---- containers ------------------------------------------------------------------------------ */

#define SORTED(id)                                                                                           \
    "{\"awsRegion\":\"r\",\"eventID\":\"" id "\",\"eventName\":\"n\",\"eventVersion\":\"1.08\"}"
#define QUOTED(id)                                                                                           \
    "\"{\\\"eventVersion\\\":\\\"1.08\\\",\\\"eventID\\\":\\\"" id "\\\",\\\"x\\\":\\\"\\u00e9\\\\n\\\"}\""
#define ENVELOPE(id)                                                                                         \
    "{\"version\":\"0\",\"id\":\"x\",\"detail-type\":\"AWS API Call via "                                    \
    "CloudTrail\",\"source\":\"aws.config\","                                                                \
    "\"resources\":[],\"detail\":" REC(id) "}"
#define S3                                                                                                   \
    "{\"eventVersion\":\"2.1\",\"eventSource\":\"aws:s3\",\"eventName\":\"ObjectCreated:Put\",\"s3\":{}}"
#define INSIGHT                                                                                              \
    "{\"eventVersion\":\"1.07\",\"eventType\":\"AwsCloudTrailInsight\",\"eventID\":\"i\","                   \
    "\"insightDetails\":{}}"
#define LOGS(type, events)                                                                                   \
    "{\"messageType\":\"" type "\",\"owner\":\"1\",\"logGroup\":\"g\",\"logEvents\":[" events "]}"

static const struct row {
    const char *name, *bytes, *ids;
    enum tl_container container;
    unsigned n_damaged, n_foreign;
} containers[] = {
    {"empty", "", "", TL_CONTAINER_EMPTY, 0, 0},
    {"white space", " \n\t", "", TL_CONTAINER_EMPTY, 0, 0},
    {"text", "hello, world\n", "", TL_CONTAINER_NOT_JSON, 0, 0},
    {"text that starts with a digit", "42 is the answer", "", TL_CONTAINER_NOT_JSON, 0, 0},
    {"an ini file", "[section]\nkey = value\n", "", TL_CONTAINER_FOREIGN, 0, 1},
    {"a template", "{{ greeting }}", "", TL_CONTAINER_NOT_JSON, 0, 0},
    {"a log file", "{\"Records\":[" REC("1") "," REC("2") "]}", "1 2 ", TL_CONTAINER_RECORDS, 0, 0},
    {"no records", "{\"Records\":[]}", "", TL_CONTAINER_RECORDS, 0, 0},
    {"keys around the list", "{\"a\":{\"Records\":[1]},\"Records\":[" REC("1") "],\"b\":[{\"c\":\"]}\"}]}",
     "1 ", TL_CONTAINER_RECORDS, 0, 0},
    {"white space everywhere", " { \"Records\" :\n [\n\t" REC("1") " ,\r\n " REC("2") "\n ] }\n", "1 2 ",
     TL_CONTAINER_RECORDS, 0, 0},
    {"a byte order mark", "\xef\xbb\xbf{\"Records\":[" REC("1") "]}", "1 ", TL_CONTAINER_RECORDS, 0, 0},
    {"a bare array", "[" REC("1") ",\n" SORTED("2") "]", "1 2 ", TL_CONTAINER_ARRAY, 0, 0},
    {"an empty array", "[]", "", TL_CONTAINER_ARRAY, 0, 0},
    {"one record", REC("1"), "1 ", TL_CONTAINER_LINES, 0, 0},
    {"one a line", REC("1") "\n" SORTED("2") "\r\n" REC("3") "\n", "1 2 3 ", TL_CONTAINER_LINES, 0, 0},
    {"one behind the other", REC("1") REC("2") SORTED("3"), "1 2 3 ", TL_CONTAINER_LINES, 0, 0},
    {"log files one behind the other", "{\"Records\":[" REC("1") "]}{\"Records\":[" REC("2") "]}", "1 2 ",
     TL_CONTAINER_RECORDS, 0, 0},
    {"log files in an array", "[{\"Records\":[" REC("1") "]},{\"Records\":[" REC("2") "]}]", "1 2 ",
     TL_CONTAINER_ARRAY, 0, 0},
    {"lookup-events",
     "{\"NextToken\":\"t\",\"Events\":[{\"EventId\":\"1\",\"Resources\":[{}],\"CloudTrailEvent\":" QUOTED(
         "1") "},{\"CloudTrailEvent\":" QUOTED("2") ",\"EventId\":\"2\"}]}",
     "1 2 ", TL_CONTAINER_LOOKUP_EVENTS, 0, 0},
    {"lookup-events with bad strings",
     "{\"Events\":[{\"CloudTrailEvent\":\"\\ud800\"},{\"CloudTrailEvent\":\"no\"},{"
     "\"CloudTrailEvent\":" QUOTED("1") "}]}",
     "1 ", TL_CONTAINER_LOOKUP_EVENTS, 2, 0},
    {"EventBridge", ENVELOPE("1") "\n" ENVELOPE("2"), "1 2 ", TL_CONTAINER_EVENTBRIDGE, 0, 0},
    {"EventBridge, another event", "{\"detail-type\":\"x\",\"source\":\"aws.health\",\"detail\":{\"a\":1}}",
     "", TL_CONTAINER_FOREIGN, 0, 1},
    {"a CloudWatch Logs subscription",
     LOGS("DATA_MESSAGE",
          "{\"id\":\"x\",\"timestamp\":1,\"message\":" QUOTED("1") "},{\"message\":\"START\"}"),
     "1 ", TL_CONTAINER_CLOUDWATCH_LOGS, 0, 1},
    {"subscriptions one behind the other",
     LOGS("CONTROL_MESSAGE", "{\"id\":\"\",\"message\":\"CWL CONTROL MESSAGE: Checking.\"}")
         LOGS("DATA_MESSAGE", "{\"message\":" QUOTED("1") "}"),
     "1 ", TL_CONTAINER_CLOUDWATCH_LOGS, 0, 1},
    {"a control message alone", LOGS("CONTROL_MESSAGE", "{\"message\":\"CWL CONTROL MESSAGE\"}"), "",
     TL_CONTAINER_FOREIGN, 0, 1},
    {"filter-log-events", "{\"events\":[{\"timestamp\":1,\"message\":" QUOTED("1") "}],\"nextToken\":\"t\"}",
     "1 ", TL_CONTAINER_CLOUDWATCH_LOGS, 0, 0},
    {"an envelope in a log line",
     "{\"events\":[{\"message\":\"{\\\"source\\\":\\\"aws.s3\\\",\\\"detail\\\":{\\\"eventVersion\\\":"
     "\\\"1\\\","
     "\\\"eventID\\\":\\\"1\\\"}}\"}]}",
     "1 ", TL_CONTAINER_CLOUDWATCH_LOGS, 0, 0},
    {"a CloudWatch Logs export",
     "2023-07-10T12:25:40.000Z " REC("1") "\n2023-07-10T12:25:41.000Z " REC("2") "\n", "1 2 ",
     TL_CONTAINER_CLOUDWATCH_LOGS, 0, 0},
    {"an export of another log", "2023-07-10T12:25:40.000Z START RequestId: 1 {\"a\":1}\n", "",
     TL_CONTAINER_NOT_JSON, 0, 0},
    {"a digest",
     "{\"awsAccountId\":\"1\",\"digestStartTime\":\"t\",\"logFiles\":[{\"s3Bucket\":\"b\"}],\"x\":null}", "",
     TL_CONTAINER_DIGEST, 0, 1},
    {"S3 notifications", "{\"Records\":[" S3 "," S3 "]}", "", TL_CONTAINER_FOREIGN, 0, 2},
    {"SNS", "{\"Records\":[{\"EventSource\":\"aws:sns\",\"Sns\":{\"Message\":\"{}\"}}]}", "",
     TL_CONTAINER_FOREIGN, 0, 1},
    {"SQS",
     "{\"Records\":[{\"messageId\":\"m\",\"body\":\"{}\",\"eventSource\":\"aws:sqs\",\"awsRegion\":\"r\"}]}",
     "", TL_CONTAINER_FOREIGN, 0, 1},
    {"Insights", "{\"Records\":[" INSIGHT "]}", "", TL_CONTAINER_FOREIGN, 0, 1},
    {"foreign among records", "{\"Records\":[" S3 "," REC("1") "," INSIGHT "]}", "1 ", TL_CONTAINER_RECORDS,
     0, 2},
    {"another object", "{\"name\":\"x\",\"dependencies\":{\"y\":\"1\"}}", "", TL_CONTAINER_FOREIGN, 0, 1},
    {"an array of something else", "[\"a\",1,null,[2],{\"b\":3}]", "", TL_CONTAINER_FOREIGN, 0, 5},
    {"what is no object among records",
     "{\"Records\":[null," REC("1") ",1.5e3,\"s,]\",[{}]," REC("2") ",true]}", "1 2 ", TL_CONTAINER_RECORDS,
     5, 0},
    {"the same in a bare array", "[null," REC("1") ",1.5e3,\"s,]\",[{}]," REC("2") ",true]", "1 2 ",
     TL_CONTAINER_ARRAY, 5, 0},
    {"another object among records", REC("1") "\n{\"a\":1}\n" REC("2") "\n", "1 2 ", TL_CONTAINER_LINES, 0,
     1},
    {"objects that are no JSON", "{'a': 1}\n{% if b %}\n{\"c\": d}\n", "", TL_CONTAINER_FOREIGN, 0, 3},
    {"lists in lists in lists",
     "{\"Records\":[{\"Records\":[{\"Records\":[{\"Records\":[{\"Records\":[{\"Records\":[{\"Records\":["
     "{\"Records\":[{\"Records\":[" REC("1") "]}]}]}]}]}]}]}]}]}",
     "", TL_CONTAINER_FOREIGN, 0, 1},
};

static void containers_are_told_apart(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof containers / sizeof *containers; i++) {
        const struct row *row = &containers[i];
        struct story s = frame_all_ways(tl_str_from(row->bytes), true);
        if (s.container != row->container || s.n_damaged + s.n_rejected != row->n_damaged ||
            s.n_foreign != row->n_foreign || !tl_str_eq(tl_buf_str(&s.ids), tl_str_from(row->ids)))
            fail_msg("%s: %s, %u damaged, %u foreign, records %.*s\n%.*s", row->name,
                     tl_container_name(s.container), s.n_damaged + s.n_rejected, s.n_foreign,
                     TL_FMT(tl_buf_str(&s.ids)), TL_FMT(tl_buf_str(&s.text)));
        story_fini(&s);
    }
}

/* ---- damage ---------------------------------------------------------------------------------- */

#define BAD(middle)                                                                                          \
    "{\"eventVersion\":\"1.08\",\"requestParameters\":" middle                                               \
    ",\"responseElements\":null,\"eventID\":\"bad\"}"
#define BETWEEN(middle) "{\"Records\":[" REC("1") "," middle "," REC("2") "," REC("3") "]}"

static const struct row damages[] = {
    {"a string that does not end", BETWEEN(BAD("\"abc")), "1 2 3 ", TL_CONTAINER_RECORDS, 1, 0},
    {"a quote too many", BETWEEN(BAD("\"a\"b\"")), "1 2 3 ", TL_CONTAINER_RECORDS, 1, 0},
    {"a backslash before the closing quote", BETWEEN(BAD("\"\\\"")), "1 2 3 ", TL_CONTAINER_RECORDS, 1, 0},
    {"a backslash outside a string", BETWEEN(BAD("\\\"a\"")), "1 2 3 ", TL_CONTAINER_RECORDS, 1, 0},
    {"backslashes before a quote that opens", BETWEEN(BAD("[\\\\\"a\"]")), "1 2 3 ", TL_CONTAINER_RECORDS, 1,
     0},
    {"brackets of the wrong kind", BETWEEN(BAD("[1}")), "1 2 3 ", TL_CONTAINER_RECORDS, 1, 0},
    {"an open bracket", BETWEEN(BAD("[1")), "1 2 3 ", TL_CONTAINER_RECORDS, 1, 0},
    {"an open brace", BETWEEN(BAD("{")), "1 2 3 ", TL_CONTAINER_RECORDS, 1, 0},
    {"an open brace in an open bracket", BETWEEN(BAD("[{")), "1 2 3 ", TL_CONTAINER_RECORDS, 1, 0},
    {"a brace too many", BETWEEN(BAD("{}}")), "1 2 3 ", TL_CONTAINER_RECORDS, 1, 0},
    {"a bracket too many", BETWEEN(BAD("[]]")), "1 2 3 ", TL_CONTAINER_RECORDS, 1, 0},
    {"a value that is none", BETWEEN(BAD("@#$")), "1 2 3 ", TL_CONTAINER_RECORDS, 1, 0},
    {"garbage between records", BETWEEN("\x01\xff{{[\"x"), "1 2 3 ", TL_CONTAINER_RECORDS, 1, 0},
    {"a lone closing brace", BETWEEN("}"), "1 2 3 ", TL_CONTAINER_RECORDS, 1, 0},
    {"a lone closing bracket", BETWEEN("]"), "1 2 3 ", TL_CONTAINER_RECORDS, 1, 0},
    {"garbage at the end", "{\"Records\":[" REC("1") "]}\n%%\"{[,,garbage", "1 ", TL_CONTAINER_RECORDS, 1, 0},
    {"NULs at the end",
     "{\"Records\":[" REC("1") "]}"
                               "\x01\x01\x01",
     "1 ", TL_CONTAINER_RECORDS, 1, 0},
    {"a beginning that is lost", "cords\":[" REC("1") "," REC("2") "]}", "1 2 ", TL_CONTAINER_LINES, 1, 0},
    {"a bad line among others in any key order",
     SORTED("1") "\n{\"x\":[}\n{\"z\":1,\"eventID\":\"2\",\"eventName\":2}\n", "1 2 ", TL_CONTAINER_LINES, 1,
     0},
    {"an object among lines that is no JSON", REC("1") "\n{'eventVersion': '1.08'}\n" REC("2") "\n", "1 2 ",
     TL_CONTAINER_LINES, 1, 0},
    {"the same before all others and behind them",
     "{'a': 1}\n{\"b\": c}\n" REC("1") "\n" REC("2") "\n{\"d\" 1}\n", "1 2 ", TL_CONTAINER_LINES, 3, 0},
    {"other key orders", "[" SORTED("1") ",{\"awsRegion\":\"x}," SORTED("2") "," SORTED("3") "]", "1 2 3 ",
     TL_CONTAINER_ARRAY, 1, 0},
    {"pretty-printed", "[\n  " REC("1") ",\n  {\n    \"a\": [}\n  {\n    " FIELDS("2") "\n  }\n]\n", "1 2 ",
     TL_CONTAINER_ARRAY, 1, 0},
    {"a record rejected and no other in it", BETWEEN(BAD("01")), "1 2 3 ", TL_CONTAINER_RECORDS, 1, 0},
    {"a record rejected that swallowed another", BETWEEN(BAD("[01," REC("in") "]")), "1 in 2 3 ",
     TL_CONTAINER_RECORDS, 1, 0},
    {"arrays of records in an array", "[[" REC("1") "," REC("2") "],[" REC("3") "]]", "1 2 3 ",
     TL_CONTAINER_ARRAY, 1, 0},
    {"a quote as an element", BETWEEN("\""), "1 2 3 ", TL_CONTAINER_RECORDS, 1, 0},
    {"an open bracket as an element", BETWEEN("["), "1 2 3 ", TL_CONTAINER_RECORDS, 1, 0},
    {"an envelope broken behind its detail",
     "{\"source\":\"s\",\"detail\":" REC("1") ",\"x\":]}\n" ENVELOPE("2"), "1 2 ", TL_CONTAINER_LINES, 1, 0},
    {"damage that reaches to the end", "{\"Records\":[" REC("1") ",{\"eventVersion\":[}]}", "1 ",
     TL_CONTAINER_RECORDS, 1, 0},
    {"a first record that is bad, in another key order",
     "[{\"b\":1,\"a\":[},{\"b\":2,\"eventName\":2,\"eventID\":\"1\"}]", "1 ", TL_CONTAINER_ARRAY, 1, 0},
    {"sorted keys from the start", "[{" SORTED("1") "," SORTED("2") "]", "1 2 ", TL_CONTAINER_ARRAY, 1, 0},
    {"cut in a record", "{\"Records\":[" REC("1") ",{\"eventVersion\":\"1", "1 ", TL_CONTAINER_RECORDS, 1, 0},
    {"cut between records", "{\"Records\":[" REC("1") ",", "1 ", TL_CONTAINER_RECORDS, 1, 0},
    {"cut behind the list", "{\"Records\":[" REC("1") "]", "1 ", TL_CONTAINER_RECORDS, 1, 0},
    {"cut in a number", "{\"Records\":[" REC("1") ",12", "1 ", TL_CONTAINER_RECORDS, 1, 0},
    {"cut at once", "{\"Rec", "", TL_CONTAINER_LINES, 1, 0},
};

static void damage_costs_only_itself(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
        const struct row *row = &damages[i];
        struct story s = frame_all_ways(tl_str_from(row->bytes), true);
        if (s.container != row->container || s.n_damaged + s.n_rejected != row->n_damaged ||
            s.n_foreign != row->n_foreign || !tl_str_eq(tl_buf_str(&s.ids), tl_str_from(row->ids)))
            fail_msg("%s: %s, %u damaged, %u rejected, %u foreign, records %.*s\n%.*s", row->name,
                     tl_container_name(s.container), s.n_damaged, s.n_rejected, s.n_foreign,
                     TL_FMT(tl_buf_str(&s.ids)), TL_FMT(tl_buf_str(&s.text)));
        story_fini(&s);
    }
}

/* Each prefix of a log file: the records that are whole come out, and what is missing is said. */
static void a_plain_file_cut_anywhere_is_told(void **state)
{
    (void)state;
    tl_str bytes = TL_STR("{\"Records\":[" REC("1") "," REC("2") "," REC("3") "]}");
    for (size_t n = 1; n < bytes.n; n++) {
        struct story s = frame_whole((tl_str){bytes.p, n}, true);
        assert_int_equal(s.n_damaged, 1);
        assert_int_equal(s.n_foreign + s.n_rejected, 0);
        story_fini(&s);
    }
}

/* Where the stream's own end was cut, the reader of the stream has told so: no second damage here. */
static void a_cut_stream_is_not_damaged_twice(void **state)
{
    (void)state;
    struct tl_frame *f;
    assert_int_equal(tl_frame_new(&f, NULL), 0);
    struct story s = frame(f, TL_STR("{\"Records\":[" REC("1") ",{\"eventVersion\":"), 5, true, false);
    assert_int_equal(s.n_records, 1);
    assert_int_equal(s.n_damaged, 0);
    story_fini(&s);
    tl_frame_free(f);
}

/* ---- shared data ----------------------------------------------------------------------------- */

static struct tl_buf read_file(const char *path)
{
    struct tl_buf b = {0};
    FILE *in = fopen(path, "rb");
    assert_non_null(in);
    size_t n;
    do {
        assert_int_equal(tl_buf_reserve(&b, 1 << 16), 0);
        n = fread(b.p + b.n, 1, 1 << 16, in);
        b.n += n;
    } while (n > 0);
    fclose(in);
    return b;
}

typedef void file_fn(void *ctx, const char *path);

static void each_file(const char *dir, file_fn *fn, void *ctx)
{
    struct dirent **names;
    int n = scandir(dir, &names, NULL, alphasort);
    assert_true(n >= 0);
    for (int i = 0; i < n; i++) {
        char path[4096];
        struct stat st;
        assert_in_range(snprintf(path, sizeof path, "%s/%s", dir, names[i]->d_name), 1, sizeof path - 1);
        if (names[i]->d_name[0] != '.' && stat(path, &st) == 0) {
            if (S_ISDIR(st.st_mode))
                each_file(path, fn, ctx);
            else
                fn(ctx, path);
        }
        free(names[i]);
    }
    free(names);
}

static void shared_path(char out[4096], const char *rest)
{
    const char *shared = getenv("TRAILLOOP_SHARED");
    snprintf(out, 4096, "%s/%s", shared ? shared : "../shared", rest);
    struct stat st;
    if (stat(out, &st) != 0) {
        print_message("skipped: no shared data (TRAILLOOP_SHARED)\n");
        skip();
    }
}

static void add_up(void *ctx, const char *path)
{
    struct story *sum = ctx;
    if (!strstr(path, ".json"))
        return;
    struct tl_buf b = read_file(path);
    struct story s = frame_all_ways(tl_buf_str(&b), true);
    sum->n_records += s.n_records;
    sum->n_damaged += s.n_damaged;
    sum->n_rejected += s.n_rejected;
    sum->n_foreign += s.n_foreign;
    story_fini(&s);
    tl_buf_fini(&b);
}

static void real_captures_are_framed_whole(void **state)
{
    (void)state;
    static const struct {
        const char *dir;
        unsigned n;
    } rows[] = {{"data/invictus-ir+aws_dataset", 2900},
                {"data/DataDog+stratus-red-team", 310},
                {"data/adanalvarez+TrailDiscover", 562}};
    for (size_t i = 0; i < 3; i++) {
        char dir[4096];
        struct story sum = {0};
        shared_path(dir, rows[i].dir);
        each_file(dir, add_up, &sum);
        assert_int_equal(sum.n_records, rows[i].n);
        assert_int_equal(sum.n_damaged + sum.n_rejected + sum.n_foreign, 0);
    }
}

/* ---- planted cases --------------------------------------------------------------------------- */

struct planting {
    unsigned n, n_kept;
};

static void plant(struct planting *p, const char *path, tl_str before, tl_str bad, tl_str after)
{
    struct tl_buf b = {0};
    assert_int_equal(tl_buf_add_str(&b, before), 0);
    assert_int_equal(tl_buf_add_str(&b, bad), 0);
    assert_int_equal(tl_buf_add_str(&b, after), 0);
    struct tl_frame *f;
    assert_int_equal(tl_frame_new(&f, NULL), 0);
    struct story s = frame(f, tl_buf_str(&b), b.n, true, true),
                 other = frame(f, tl_buf_str(&b), 0, true, true);
    if (!tl_str_eq(tl_buf_str(&s.text), tl_buf_str(&other.text)))
        fail_msg("%s: whole and in blocks differ:\n%.*s\n%.*s", path, TL_FMT(tl_buf_str(&s.text)),
                 TL_FMT(tl_buf_str(&other.text)));
    bool kept = tl_str_find(tl_buf_str(&s.ids), TL_STR("one ")) != SIZE_MAX &&
                tl_str_find(tl_buf_str(&s.ids), TL_STR("two ")) != SIZE_MAX;
    p->n++;
    p->n_kept += kept;
    if (!kept)
        print_message("lost a neighbour: %s\n%.*s", path, TL_FMT(tl_buf_str(&s.text)));
    story_fini(&s);
    story_fini(&other);
    tl_frame_free(f);
    tl_buf_fini(&b);
}

/* Each case as a record's value, as a whole element, first and in between, in a list and in lines. */
static void plant_case(void *ctx, const char *path)
{
    static const struct {
        const char *before, *after;
    } places[] = {
        {"{\"Records\":[" REC("one") ",{\"eventVersion\":\"1\",\"requestParameters\":",
         ",\"eventID\":\"bad\"}," REC("two") "]}"},
        {"{\"Records\":[" REC("one") ",{\"eventVersion\":\"1\",\"eventID\":\"bad\",\"x\":",
         "}," REC("two") "]}"},
        {"{\"Records\":[" REC("one") ",", "," REC("two") "]}"},
        {"{\"Records\":[", "," REC("one") "," REC("two") "]}"},
        {"[" REC("one") ",{\"eventVersion\":\"1\",\"a\":[", "],\"eventID\":\"bad\"}," REC("two") "]"},
        {REC("one") "\n{\"eventVersion\":\"1\",\"requestParameters\":",
         ",\"eventID\":\"bad\"}\n" REC("two") "\n"},
        {"[" SORTED("one") ",{\"awsRegion\":\"1\",\"requestParameters\":",
         ",\"userAgent\":\"bad\"}," SORTED("two") "]"},
    };
    struct tl_buf b = read_file(path);
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        plant(ctx, path, tl_str_from(places[i].before), tl_buf_str(&b), tl_str_from(places[i].after));
    tl_buf_fini(&b);
}

static void planted_json_cases_keep_both_neighbours(void **state)
{
    (void)state;
    char dir[4096];
    struct planting p = {0};
    shared_path(dir, "suites/nst+JSONTestSuite/test_parsing");
    each_file(dir, plant_case, &p);
    assert_int_equal(p.n, 7 * 318);
    assert_in_range(p.n_kept, p.n - 2, p.n);
}

/* ---- random damage --------------------------------------------------------------------------- */

static unsigned draw(unsigned *x, unsigned below)
{
    *x = *x * 1103515245 + 12345;
    return (*x >> 8) % below;
}

/* Cuts out, doubles or overwrites a stretch of up to 40 bytes. */
static void spoil(struct tl_buf *b, unsigned *x)
{
    static const char bytes[] = "{}[]\",:\\ \n0e\x01\xff{\"eventVersion\":";
    size_t at = draw(x, (unsigned)b->n - 80), n = 1 + draw(x, draw(x, 2) ? 3 : 40);
    switch (draw(x, 3)) {
    case 0:
        memmove(b->p + at, b->p + at + n, b->n - at - n);
        b->n -= n;
        break;
    case 1:
        assert_int_equal(tl_buf_reserve(b, n), 0);
        memmove(b->p + at + n, b->p + at, b->n - at);
        b->n += n;
        break;
    default:
        for (size_t i = 0; i < n; i++)
            b->p[at + i] = bytes[draw(x, sizeof bytes - 1)];
    }
}

/* Whatever is spoilt: any cut tells the same, the counts are sound, and of 40 records a spoilt place costs at
 * most the one or two it lies in. */
static void random_damage_tells_the_same_in_any_cut(void **state)
{
    (void)state;
    static const char *const forms[][3] = {
        {"{\"Records\":[", REC("id"), "]}"},
        {"[", SORTED("id"), "]"},
        {"{\"Events\":[", "{\"EventId\":\"e\",\"CloudTrailEvent\":" QUOTED("id") "}", "]}"},
        {"[", ENVELOPE("id"), "]"}};
    struct tl_frame *f;
    unsigned x = 7, n_lost = 0, n_rounds = 0;
    assert_int_equal(tl_frame_new(&f, NULL), 0);
    for (unsigned round = 0; round < 1200; round++) {
        const char *const *form = forms[round % 4];
        struct tl_buf b = {0};
        assert_int_equal(tl_buf_add_str(&b, tl_str_from(form[0])), 0);
        for (int i = 0; i < 40; i++)
            assert_int_equal(tl_buf_printf(&b, "%s%s", i ? "," : "", form[1]), 0);
        assert_int_equal(tl_buf_add_str(&b, tl_str_from(form[2])), 0);
        spoil(&b, &x);
        struct story s = frame(f, tl_buf_str(&b), b.n, true, true);
        for (size_t block = 0; block < 3; block++) {
            struct story other = frame(f, tl_buf_str(&b), block, true, true);
            if (!tl_str_eq(tl_buf_str(&s.text), tl_buf_str(&other.text)) || s.container != other.container)
                fail_msg("round %u, blocks of %zu bytes:\n%.*s\nwhole:\n%.*s\n%.*s", round, block,
                         TL_FMT(tl_buf_str(&other.text)), TL_FMT(tl_buf_str(&s.text)),
                         TL_FMT(tl_buf_str(&b)));
            story_fini(&other);
        }
        n_lost += s.n_records < 38 ? 38 - s.n_records : 0;
        n_rounds++;
        if (s.n_records < 38 && s.n_damaged + s.n_rejected == 0)
            fail_msg("round %u: records lost in silence\n%.*s", round, TL_FMT(tl_buf_str(&b)));
        story_fini(&s);
        tl_buf_fini(&b);
    }
    tl_frame_free(f);
    print_message("%u rounds, %u records lost beyond two a round\n", n_rounds, n_lost);
    assert_in_range(n_lost, 0, n_rounds / 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(containers_are_told_apart),
        cmocka_unit_test(damage_costs_only_itself),
        cmocka_unit_test(a_plain_file_cut_anywhere_is_told),
        cmocka_unit_test(a_cut_stream_is_not_damaged_twice),
        cmocka_unit_test(real_captures_are_framed_whole),
        cmocka_unit_test(planted_json_cases_keep_both_neighbours),
        cmocka_unit_test(random_damage_tells_the_same_in_any_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
