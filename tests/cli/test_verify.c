/* `verify` on a trail's files and digests, whole, and with each thing that can be wrong with them. */
#include "verify_world.h"

#include <ctype.h>
#include <sys/stat.h>
#include <unistd.h>

/* A shell script with two arguments. */
static void sh(const char *script, const char *a, const char *b)
{
    struct tlh_run r;
    tlh_run(&r, (const char *const[]){"/bin/sh", "-c", script, "sh", a, b, NULL}, NULL, NULL);
    assert_int_equal(r.exit, 0);
    tlh_run_fini(&r);
}

/* ---- whole ------------------------------------------------------------------------------------- */

static void a_whole_trail_is_proved(void **state)
{
    (void)state;
    for (int plain = 0; plain < 2; plain++) {
        struct world w;
        open_world(&w, plain);
        add_hours(&w);
        json_t *v = verify(&w, 0, true);
        assert_string_equal(scan_word(v, "schema"), "trailloop.verify/1");
        assert_true(scan_bool(v, "proved"));
        assert_int_equal(scan_int(v, "digests.read"), HOURS);
        assert_int_equal(scan_int(v, "digests.signed"), HOURS);
        assert_int_equal(scan_int(v, "log_files.intact"), (HOURS - 1) * LOGS);
        assert_n_problems(v, 0);
        assert_true(scan_bool(v, "chains.0.starts_here"));
        json_decref(v);
        /* Without the signature the newest digest stays unproved: told, but nothing is wrong. */
        v = verify(&w, 0, false);
        assert_false(scan_bool(v, "proved"));
        assert_true(scan_bool(v, "clean"));
        assert_int_equal(scan_int(v, "digests.signed"), HOURS - 1);
        assert_false(scan_bool(v, "chains.0.newest_signed"));
        json_decref(v);
        /* Without a key: hashes alone. */
        v = scan_json(0, (const char *const[]){"verify", "-f", "json", w.tree, NULL});
        assert_false(scan_bool(v, "signatures_checked"));
        assert_int_equal(scan_int(v, "digests.signed"), 0);
        assert_true(scan_bool(v, "clean"));
        json_decref(v);
        close_world(&w);
    }
}

static void every_form_of_a_key_is_read(void **state)
{
    (void)state;
    struct world w;
    open_world(&w, false);
    add_hours(&w);
    for (int form = 0; form < TLH_KEY_FORMS; form++) {
        tlh_key_write(w.pair, w.key, (enum tlh_key_form)form);
        json_t *v = verify(&w, 0, true);
        assert_true(scan_bool(v, "proved"));
        json_decref(v);
    }
    static const char *const bad[] = {"",
                                      "not a key",
                                      "{\"PublicKeyList\": []}",
                                      "{\"PublicKeyList\": [{}]}",
                                      "-----BEGIN PUBLIC KEY-----\nMIIB",
                                      "MIIBCgKC"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        tlh_write_bytes(w.key, bad[i], strlen(bad[i]), 0);
        free(scan_text(2, (const char *const[]){"verify", "--public-key", w.key, w.tree, NULL}));
    }
    close_world(&w);
}

static void the_fingerprint_chooses_among_keys(void **state)
{
    (void)state;
    struct world w;
    char other_key[TLH_PATH_BYTES + 32];
    open_world(&w, false);
    add_hours(&w);
    struct tlh_key *other = tlh_key_new();
    snprintf(other_key, sizeof other_key, "%s/other", w.dir);
    tlh_key_write(other, other_key, TLH_KEY_DER);
    json_t *v = scan_json(0, (const char *const[]){"verify", "-f", "json", "-k", other_key, "-k", w.key, "-s",
                                                   w.signature, w.tree, NULL});
    assert_true(scan_bool(v, "proved"));
    json_decref(v);
    /* Both in one file, as PEM. */
    tlh_key_write(w.pair, w.key, TLH_KEY_PEM);
    tlh_key_write(other, other_key, TLH_KEY_PEM);
    sh("cat \"$1\" >>\"$2\"", w.key, other_key);
    v = scan_json(
        0, (const char *const[]){"verify", "-f", "json", "-k", other_key, "-s", w.signature, w.tree, NULL});
    assert_true(scan_bool(v, "proved"));
    json_decref(v);
    /* Only the wrong one: nothing can be verified. */
    tlh_key_write(other, other_key, TLH_KEY_DER);
    v = scan_json(3, (const char *const[]){"verify", "-f", "json", "-k", other_key, w.tree, NULL});
    assert_int_equal(scan_int(v, "digests.unverifiable"), HOURS - 1);
    problem(v, "unverifiable", "digest", base(w.digest[0]));
    assert_int_equal(scan_int(v, "log_files.unverifiable"), (HOURS - 2) * LOGS);
    json_decref(v);
    tlh_key_free(other);
    close_world(&w);
}

/* ---- log files --------------------------------------------------------------------------------- */

static void a_flipped_bit_in_any_log_is_found(void **state)
{
    (void)state;
    struct world w;
    char path[TLH_NAME_BYTES * 2];
    open_world(&w, true);
    add_hours(&w);
    log_path(&w, 3, 2, path);
    size_t n = tlh_file_bytes(path);
    for (size_t i = 0; i < n; i += 61) {
        tlh_file_flip(path, i, (int)(i % 8));
        json_t *v = verify(&w, 3, false);
        assert_n_problems(v, 1);
        problem(v, "altered", "log-file", base(path));
        json_decref(v);
        tlh_file_flip(path, i, (int)(i % 8));
    }
    json_t *v = verify(&w, 0, false);
    json_decref(v);
    close_world(&w);
}

static void a_cut_gzip_log_is_altered(void **state)
{
    (void)state;
    struct world w;
    char path[TLH_NAME_BYTES * 2];
    open_world(&w, false);
    add_hours(&w);
    log_path(&w, 1, 0, path);
    tlh_file_cut(path, tlh_file_bytes(path) - 5);
    json_t *v = verify(&w, 3, false);
    const json_t *p = problem(v, "altered", "log-file", base(path));
    assert_non_null(strstr(scan_word(p, "why"), "at byte"));
    json_decref(v);
    close_world(&w);
}

/* The hash is one of the content, which is the same. */
static void what_follows_the_content_of_a_log_is_told(void **state)
{
    (void)state;
    static const char *const more[] = {"printf x >>\"$1\"", "gzip -c </dev/null >>\"$1\""};
    for (size_t i = 0; i < sizeof more / sizeof *more; i++) {
        struct world w;
        char path[TLH_NAME_BYTES * 2];
        open_world(&w, false);
        add_hours(&w);
        log_path(&w, 1, 0, path);
        sh(more[i], path, "");
        json_t *v = verify(&w, 3, true);
        assert_n_problems(v, 1);
        problem(v, "altered", "log-file", base(path));
        assert_int_equal(scan_int(v, "log_files.altered"), 1);
        json_decref(v);
        close_world(&w);
    }
}

static void a_missing_log_and_an_extra_one_are_found(void **state)
{
    (void)state;
    struct world w;
    char gone[TLH_NAME_BYTES * 2], extra[TLH_NAME_BYTES * 2], odd[TLH_PATH_BYTES + 64];
    open_world(&w, false);
    add_hours(&w);
    log_path(&w, 4, 1, gone);
    assert_int_equal(unlink(gone), 0);
    log_path(&w, 3, 7, extra);
    tlh_write_bytes(extra, "{\"Records\":[]}", 14, 1);
    snprintf(odd, sizeof odd, "%s/AWSLogs/planted.json", w.tree);
    tlh_write_bytes(odd, "{\"Records\":[{\"eventVersion\":\"1.08\"}]}", 38, 0);
    snprintf(odd, sizeof odd, "%s/AWSLogs/README", w.tree);
    tlh_write_bytes(odd, "hello\n", 6, 0); /* no log, no matter */
    json_t *v = verify(&w, 3, false);
    assert_n_problems(v, 3);
    problem(v, "missing", "log-file", base(gone));
    problem(v, "extra", "log-file", base(extra));
    problem(v, "extra", "log-file", "planted.json");
    assert_int_equal(scan_int(v, "other_files"), 1);
    assert_int_equal(scan_int(v, "log_files.read"),
                     scan_int(v, "log_files.intact") + scan_int(v, "log_files.extra"));
    json_decref(v);
    close_world(&w);
}

static void logs_outside_the_digests_are_told_apart(void **state)
{
    (void)state;
    struct world w;
    char path[TLH_NAME_BYTES * 2];
    static const char text[] = "{\"Records\":[]}";
    open_world(&w, false);
    add_hours(&w);
    tlh_trail_log(&w.trail, START_S + HOURS * 3600, 0, path); /* minutes after the last digest */
    tlh_write_bytes(path, text, sizeof text - 1, 1);
    tlh_trail_log(&w.trail, START_S - 86400, 0, path); /* before validation was on */
    tlh_write_bytes(path, text, sizeof text - 1, 1);
    json_t *v = verify(&w, 0, true);
    assert_int_equal(scan_int(v, "log_files.after_last_digest"), 1);
    assert_int_equal(scan_int(v, "log_files.before_first_digest"), 1);
    json_decref(v);
    /* Where the digests of hours are gone at the end, the logs of that time say so. */
    tlh_trail_log(&w.trail, START_S + (HOURS + 4) * 3600, 1, path);
    tlh_write_bytes(path, text, sizeof text - 1, 1);
    v = verify(&w, 3, true);
    problem(v, "unverifiable", "log-file", base(path));
    json_decref(v);
    assert_int_equal(unlink(path), 0);
    /* The same where the first digests are. */
    assert_int_equal(unlink(w.digest[0]), 0);
    v = verify(&w, 3, true);
    assert_false(scan_bool(v, "chains.0.starts_here"));
    assert_int_equal(scan_int(v, "log_files.unverifiable"), LOGS + 1);
    json_decref(v);
    close_world(&w);
}

static void another_region_without_digests_is_not_verifiable(void **state)
{
    (void)state;
    struct world w;
    char path[TLH_NAME_BYTES * 2];
    open_world(&w, false);
    add_hours(&w);
    struct tlh_trail other = w.trail;
    other.region = "us-east-1";
    tlh_trail_log(&other, START_S, 0, path);
    tlh_write_bytes(path, "{\"Records\":[]}", 14, 1);
    json_t *v = verify(&w, 3, true);
    problem(v, "unverifiable", "log-file", base(path));
    json_decref(v);
    close_world(&w);
}

/* ---- digests ----------------------------------------------------------------------------------- */

static void a_missing_digest_is_found_with_its_gap(void **state)
{
    (void)state;
    struct world w;
    open_world(&w, false);
    add_hours(&w);
    assert_int_equal(unlink(w.digest[3]), 0);
    json_t *v = verify(&w, 3, true);
    problem(v, "missing", "digest", base(w.digest[3]));
    const json_t *gap = problem(v, "gap", "digest", base(w.digest[4]));
    assert_string_equal(scan_word(gap, "from"), "2024-02-27T11:00:00Z");
    assert_string_equal(scan_word(gap, "to"), "2024-02-27T12:00:00Z");
    assert_int_equal(scan_int(v, "digests.missing"), 1);
    problem(v, "unverifiable", "digest", base(w.digest[2])); /* its signature is in the one that is missing */
    assert_int_equal(scan_int(v, "digests.signed"), HOURS - 2);
    assert_int_equal(scan_int(v, "log_files.unverifiable"), LOGS); /* the hour before had none */
    json_decref(v);
    close_world(&w);
}

/* It follows a right one, but the next one does not follow it. */
static void a_digest_put_between_two_is_not_believed(void **state)
{
    (void)state;
    struct world w;
    open_world(&w, false);
    add_hours(&w);
    struct tlh_trail forged = w.trail;
    forged.signature = NULL;
    tlh_trail_restart(&forged);
    for (int i = 0; i < 3; i++) /* the same as they are */
        tlh_trail_hour(&forged, START_S + i * 3600, i == 2 ? 0 : LOGS);
    tlh_trail_digest(&forged, START_S + 3 * 3600, START_S + 3 * 3600 + 1800, "");
    for (int with_key = 0; with_key < 2; with_key++) {
        json_t *v = with_key ? verify(&w, 3, true)
                             : scan_json(3, (const char *const[]){"verify", "-f", "json", w.tree, NULL});
        assert_n_problems(v, 1);
        problem(v, "unverifiable", "digest", base(forged.path));
        assert_int_equal(scan_int(v, "digests.missing"), 0);
        json_decref(v);
    }
    free(forged.signature);
    close_world(&w);
}

/* Lower case is what CloudTrail writes; what stands in the digest is what is signed. */
static void a_signature_in_upper_case_is_the_same(void **state)
{
    (void)state;
    struct world w;
    open_world(&w, false);
    for (int i = 0; i < HOURS; i++) {
        tlh_trail_hour(&w.trail, START_S + i * 3600, LOGS);
        for (char *c = w.trail.signature; *c; c++)
            *c = (char)toupper((unsigned char)*c);
    }
    tlh_write_bytes(w.signature, w.trail.signature, strlen(w.trail.signature), 0);
    json_t *v = verify(&w, 0, true);
    assert_true(scan_bool(v, "proved"));
    json_decref(v);
    close_world(&w);
}

/* A digest says its own name, and its signature covers that; a log file says none. */
static void a_renamed_digest_is_known_and_a_renamed_log_is_not(void **state)
{
    (void)state;
    struct world w;
    char log[TLH_NAME_BYTES * 2], other[TLH_PATH_BYTES + 64];
    open_world(&w, false);
    add_hours(&w);
    sh("for f in $(find \"$1\" -type f -name '*CloudTrail-Digest*'); do mv \"$f\" \"${f%/*}/$((n += "
       "1)).json.gz\"; "
       "done",
       w.tree, "");
    json_t *v = verify(&w, 0, true);
    assert_true(scan_bool(v, "proved"));
    assert_int_equal(scan_int(v, "digests.signed"), HOURS);
    json_decref(v);
    log_path(&w, 4, 1, log);
    snprintf(other, sizeof other, "%s/AWSLogs/renamed.json.gz", w.tree);
    assert_int_equal(rename(log, other), 0);
    v = verify(&w, 3, true);
    assert_n_problems(v, 2);
    problem(v, "missing", "log-file", base(log));
    problem(v, "extra", "log-file", "renamed.json");
    json_decref(v);
    close_world(&w);
}

/* A log and the digest that names it, changed so that they fit: the next digest's hash tells. */
static void an_altered_digest_is_found_and_not_believed(void **state)
{
    (void)state;
    struct world w;
    char path[TLH_NAME_BYTES * 2];
    open_world(&w, true);
    add_hours(&w);
    log_path(&w, 1, 0, path);
    const char *attack = "{\"Records\":[]}";
    tlh_write_bytes(path, attack, strlen(attack), 0);
    sh("h=$(sha256sum <\"$1\" | cut -c1-64); sed -i '0,/hashValue.:.[0-9a-f]*/s//hashValue\":\"'$h/ \"$2\"",
       path, w.digest[1]);
    json_t *v = verify(&w, 3, true);
    problem(v, "altered", "digest", base(w.digest[1]));
    problem(v, "unverifiable", "log-file", base(path));
    assert_int_equal(scan_int(v, "log_files.unverifiable"), LOGS);
    json_decref(v);
    close_world(&w);
}

/* Wherever it is, the names of its own bucket and key included: there it looks like another chain's. */
static void a_flipped_bit_in_any_digest_is_found(void **state)
{
    (void)state;
    static const int hours[] = {0, 3, HOURS - 1};
    struct world w;
    open_world(&w, true);
    add_hours(&w);
    for (size_t k = 0; k < sizeof hours / sizeof *hours; k++) {
        const char *path = w.digest[hours[k]];
        for (size_t i = 0, n = tlh_file_bytes(path); i < n; i += 7) {
            tlh_file_flip(path, i, (int)(i % 8));
            json_decref(verify(&w, 3, true));
            tlh_file_flip(path, i, (int)(i % 8));
        }
    }
    json_decref(verify(&w, 0, true));
    close_world(&w);
}

/* The oldest digest in another bucket by its own word, with a log that fits: the next one knows its name. */
static void a_digest_that_says_another_bucket_is_not_believed(void **state)
{
    (void)state;
    for (int hour = 0; hour < 4; hour += 3) {
        struct world w;
        char path[TLH_NAME_BYTES * 2];
        open_world(&w, true);
        add_hours(&w);
        log_path(&w, hour, 0, path);
        tlh_file_flip(path, 20, 0);
        sh("h=$(sha256sum <\"$1\" | cut -c1-64); sed -i '0,/hashValue.:.[0-9a-f]*/s//hashValue\":\"'$h/';"
           "s/\"digestS3Bucket\" *: *\"/&x/' \"$2\"",
           path, w.digest[hour]);
        json_t *v = verify(&w, 3, true);
        problem(v, "altered", "digest", base(w.digest[hour]));
        problem(v, "unverifiable", "log-file", base(path));
        assert_int_equal(scan_int(v, "digests.altered"), 1);
        json_decref(v);
        close_world(&w);
    }
}

/* An attacker who makes the whole chain anew has every hash right, but not the key. */
static void a_chain_signed_by_somebody_else_is_found(void **state)
{
    (void)state;
    struct world w;
    open_world(&w, true);
    struct tlh_key *attacker = tlh_key_new();
    w.trail.key = attacker;
    add_hours(&w);
    json_t *v = scan_json(0, (const char *const[]){"verify", "-f", "json", w.tree, NULL});
    json_decref(v);
    v = verify(&w, 3, false);
    assert_int_equal(scan_int(v, "digests.unverifiable"), HOURS - 1);
    json_decref(v);
    tlh_key_free(attacker);
    close_world(&w);
}

/* The same, claiming CloudTrail's key: the signature is wrong. */
static void a_wrong_signature_is_found(void **state)
{
    (void)state;
    struct world w;
    open_world(&w, true);
    add_hours(&w);
    const char *newest = w.digest[HOURS - 1];
    sh("sed -i 's/\"previousDigestSignature\":\"..../\"previousDigestSignature\":\"0000/' \"$1\"", newest,
       "");
    json_t *v = verify(&w, 3, false);
    problem(v, "altered", "digest", base(w.digest[HOURS - 2]));
    json_decref(v);
    /* And the given signature of the newest one is not right any more. */
    v = verify(&w, 3, true);
    problem(v, "unverifiable", "digest", "/signature");
    json_decref(v);
    close_world(&w);
}

static void a_chain_that_starts_anew_has_a_gap(void **state)
{
    (void)state;
    struct world w;
    open_world(&w, false);
    tlh_trail_hour(&w.trail, START_S, LOGS);
    tlh_trail_restart(&w.trail);
    tlh_trail_hour(&w.trail, START_S + 10 * 3600, LOGS);
    json_t *v = verify(&w, 3, false);
    const json_t *gap = problem(v, "gap", "digest", base(w.trail.path));
    assert_string_equal(scan_word(gap, "from"), "2024-02-27T09:00:00Z");
    assert_string_equal(scan_word(gap, "to"), "2024-02-27T18:00:00Z");
    json_decref(v);
    close_world(&w);
}

static void two_files_that_claim_to_be_one_digest(void **state)
{
    (void)state;
    struct world w;
    char copy[TLH_PATH_BYTES + 64];
    open_world(&w, true);
    add_hours(&w);
    snprintf(copy, sizeof copy, "%s/aaa.json", w.tree);
    sh("cp \"$1\" \"$2\"", w.digest[1], copy);
    json_t *v = verify(&w, 0, true); /* a copy is no matter */
    assert_int_equal(scan_int(v, "digests.read"), HOURS);
    json_decref(v);
    sh("sed -i 's/\"logFiles\":.*/\"logFiles\":[]}/' \"$1\"", copy, "");
    v = verify(&w, 3, true);
    assert_n_problems(v, 1);
    problem(v, "altered", "digest", "aaa.json");
    assert_int_equal(scan_int(v, "log_files.intact"), (HOURS - 1) * LOGS);
    json_decref(v);
    close_world(&w);
}

static void backfill_digests_are_a_chain_of_their_own(void **state)
{
    (void)state;
    struct world w;
    open_world(&w, false);
    add_hours(&w);
    struct tlh_trail late = w.trail;
    late.signature = NULL;
    late.object[0] = '\0';
    late.backfill = true;
    char path[TLH_NAME_BYTES * 2], logs[2 * TLH_NAME_BYTES];
    tlh_trail_log(&w.trail, START_S, 8, path); /* a late one, in no usual digest */
    tlh_write_bytes(path, "{\"Records\":[]}", 14, 1);
    json_t *v = verify(&w, 3, false);
    problem(v, "extra", "log-file", base(path));
    json_decref(v);
    snprintf(logs, sizeof logs,
             "{\"s3Bucket\":\"logs\",\"s3Object\":\"x/%s\",\"hashValue\":"
             "\"%s\",\"hashAlgorithm\":\"SHA-256\"}",
             base(path), "1acda3f8b8c4d1e1a7c8f3ac0c5a4a55a9a0b9aa0f0f4c1f4a0d7c1c62ab6f37");
    tlh_trail_digest(&late, START_S, START_S + 3600, logs);
    v = verify(&w, 3, false);
    problem(v, "altered", "log-file", base(path)); /* named now, by another hash */
    assert_int_equal(scan_int(v, "digests.backfill"), 1);
    assert_int_equal(json_array_size(scan_get(v, "chains")), 2);
    assert_int_equal(scan_int(v, "digests.gaps"), 0);
    json_decref(v);
    free(late.signature);
    close_world(&w);
}

static void a_damaged_digest_is_not_verifiable(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "{", "[]", "{\"logFiles\":[]}",
                                        "{\"digestS3Object\":1,\"logFiles\":[]}"};
    struct world w;
    open_world(&w, true);
    add_hours(&w);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        tlh_write_bytes(w.digest[HOURS - 1], texts[i], strlen(texts[i]), 0);
        json_t *v = verify(&w, 3, false);
        problem(v, "unverifiable", "digest", base(w.digest[HOURS - 1]));
        json_decref(v);
    }
    close_world(&w);
}

/* ---- hostile ----------------------------------------------------------------------------------- */

/* A digest names files by S3 keys. None is opened: what is not under the given paths is missing, and no word
 * of it is read. */
static void a_digest_that_names_files_elsewhere_opens_none(void **state)
{
    (void)state;
    struct world w;
    char outside[TLH_PATH_BYTES + 32], logs[4 * TLH_PATH_BYTES];
    open_world(&w, true);
    snprintf(outside, sizeof outside, "%s/outside.json", w.dir);
    tlh_write_bytes(outside, "{\"Records\":[]}", 14, 0);
    snprintf(logs, sizeof logs,
             "{\"s3Bucket\":\"logs\",\"s3Object\":\"../../../../../../etc/passwd\",\"hashValue\":\"%064d\"},"
             "{\"s3Bucket\":\"logs\",\"s3Object\":\"%s\",\"hashValue\":\"%064d\"},"
             "{\"s3Bucket\":\"logs\",\"s3Object\":\"a\\u0000b\",\"hashValue\":\"%064d\"},"
             "{\"s3Object\":17}, 5, {}",
             0, outside, 0, 0);
    tlh_trail_digest(&w.trail, START_S, START_S + 3600, logs);
    json_t *v = verify(&w, 3, false);
    problem(v, "missing", "log-file", "../../../../../../etc/passwd");
    problem(v, "missing", "log-file", outside);
    json_decref(v);
    close_world(&w);
}

static void no_digest_at_all_is_no_good_end(void **state)
{
    (void)state;
    struct world w;
    open_world(&w, true);
    tlh_write_bytes(w.signature, "00", 2, 0);
    mkdir(w.tree, 0777);
    json_t *v = verify(&w, 3, false);
    assert_n_problems(v, 1);
    json_decref(v);
    free(scan_text(3, (const char *const[]){"verify", w.signature, NULL}));
    free(scan_text(2, (const char *const[]){"verify", "-", NULL}));
    free(scan_text(2, (const char *const[]){"verify", NULL}));
    close_world(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_trail_is_proved),
        cmocka_unit_test(every_form_of_a_key_is_read),
        cmocka_unit_test(the_fingerprint_chooses_among_keys),
        cmocka_unit_test(a_flipped_bit_in_any_log_is_found),
        cmocka_unit_test(a_cut_gzip_log_is_altered),
        cmocka_unit_test(what_follows_the_content_of_a_log_is_told),
        cmocka_unit_test(a_missing_log_and_an_extra_one_are_found),
        cmocka_unit_test(logs_outside_the_digests_are_told_apart),
        cmocka_unit_test(another_region_without_digests_is_not_verifiable),
        cmocka_unit_test(a_missing_digest_is_found_with_its_gap),
        cmocka_unit_test(a_digest_put_between_two_is_not_believed),
        cmocka_unit_test(a_signature_in_upper_case_is_the_same),
        cmocka_unit_test(a_renamed_digest_is_known_and_a_renamed_log_is_not),
        cmocka_unit_test(an_altered_digest_is_found_and_not_believed),
        cmocka_unit_test(a_flipped_bit_in_any_digest_is_found),
        cmocka_unit_test(a_digest_that_says_another_bucket_is_not_believed),
        cmocka_unit_test(a_chain_signed_by_somebody_else_is_found),
        cmocka_unit_test(a_wrong_signature_is_found),
        cmocka_unit_test(a_chain_that_starts_anew_has_a_gap),
        cmocka_unit_test(two_files_that_claim_to_be_one_digest),
        cmocka_unit_test(backfill_digests_are_a_chain_of_their_own),
        cmocka_unit_test(a_damaged_digest_is_not_verifiable),
        cmocka_unit_test(a_digest_that_names_files_elsewhere_opens_none),
        cmocka_unit_test(no_digest_at_all_is_no_good_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
