/* digest: SHA-256 (FIPS 180-4), by libcrypto. */
#ifndef TRAILLOOP_DIGEST_H
#define TRAILLOOP_DIGEST_H

#include "trailloop/base.h"

#define TL_SHA256_BYTES 32

struct tl_sha256; /* a running hash, reused from file to file */
int tl_sha256_new(struct tl_sha256 **out, struct tl_err *err);
void tl_sha256_free(struct tl_sha256 *h);
/* 0 or TL_ENOMEM (libcrypto allocates when it starts a hash). */
int tl_sha256_start(struct tl_sha256 *h);
void tl_sha256_add(struct tl_sha256 *h, const void *bytes, size_t n);    /* a failure shows in finish */
int tl_sha256_finish(struct tl_sha256 *h, uint8_t out[TL_SHA256_BYTES]); /* 0 or TL_ENOMEM */

#endif
