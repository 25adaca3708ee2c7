/* SHA-256 by libcrypto, which uses the processor's own instructions where there are any. By its plain
 * functions, which ask for no memory and cannot fail: EVP looks the hash up by name when it is first used,
 * and where memory runs out in that, libcrypto 3.0 loses blocks or worse. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "trailloop/digest.h"

#include <openssl/sha.h>
#include <stdlib.h>

struct tl_sha256 {
    SHA256_CTX now;
};

int tl_sha256_new(struct tl_sha256 **out, struct tl_err *err)
{
    *out = malloc(sizeof **out);
    return *out ? 0 : tl_err_nomem(err);
}

void tl_sha256_free(struct tl_sha256 *h)
{
    free(h);
}

void tl_sha256_start(struct tl_sha256 *h)
{
    SHA256_Init(&h->now);
}

void tl_sha256_add(struct tl_sha256 *h, const void *bytes, size_t n)
{
    SHA256_Update(&h->now, bytes, n);
}

void tl_sha256_finish(struct tl_sha256 *h, uint8_t out[TL_SHA256_BYTES])
{
    SHA256_Final(out, &h->now);
}
