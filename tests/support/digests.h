/* digests: a trail with log file validation on: log files, and the signed digest of each hour, as CloudTrail
 * delivers them. The key is made when the test runs. A failure ends the test program.
 */
#ifndef TRAILLOOP_TEST_DIGESTS_H
#define TRAILLOOP_TEST_DIGESTS_H

#include <stddef.h>
#include <stdint.h>

#include "trailloop/base.h"

struct tlh_key;
struct tlh_key *tlh_key_new(void); /* RSA, 2048 bits */
void tlh_key_free(struct tlh_key *k);
/* The forms in which people have the public one. */
enum tlh_key_form {
    TLH_KEY_DER,
    TLH_KEY_BASE64,
    TLH_KEY_PEM,
    TLH_KEY_PEM_PKCS1,
    TLH_KEY_LIST,
    TLH_KEY_FORMS
};
void tlh_key_write(const struct tlh_key *k, const char *path, enum tlh_key_form form);

#define TLH_NAME_BYTES 512

struct tlh_trail {
    const char *dir, *account, *region, *name; /* borrowed */
    const struct tlh_key *key;
    bool plain;    /* all files unpacked, with names without .gz */
    bool backfill; /* the digests are such */
    /* Of the newest digest: */
    char object[TLH_NAME_BYTES], path[TLH_NAME_BYTES * 2];
    char sha256[65];
    char *signature; /* hex, owned: to be freed */
};

/* The place of log file `i` of the hour that starts then; its S3 key is what follows "dir/". */
void tlh_trail_log(const struct tlh_trail *t, int64_t start_s, int i, char out[TLH_NAME_BYTES * 2]);
/* Writes the hour's log files, and the digest that names them. */
void tlh_trail_hour(struct tlh_trail *t, int64_t start_s, int n_logs);
/* Forgets what is before: the next digest is a first one. */
void tlh_trail_restart(struct tlh_trail *t);
/* The same digest with another text, its signature not right any more: for what an attacker might write. */
void tlh_trail_digest(struct tlh_trail *t, int64_t start_s, int64_t end_s, const char *logs_json);

#endif
