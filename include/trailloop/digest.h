/* digest: SHA-256 (FIPS 180-4) and RSA signatures over it (RFC 8017), by libcrypto. */
#ifndef TRAILLOOP_DIGEST_H
#define TRAILLOOP_DIGEST_H

#include "trailloop/base.h"

#define TL_SHA256_BYTES 32

struct tl_sha256; /* a running hash, reused from file to file */
int tl_sha256_new(struct tl_sha256 **out, struct tl_err *err);
void tl_sha256_free(struct tl_sha256 *h);
void tl_sha256_start(struct tl_sha256 *h);
void tl_sha256_add(struct tl_sha256 *h, const void *bytes, size_t n);
void tl_sha256_finish(struct tl_sha256 *h, uint8_t out[TL_SHA256_BYTES]);

/* A public RSA key, to prove signatures with (RSASSA-PKCS1-v1_5 with SHA-256, as CloudTrail signs). */
struct tl_rsa;
enum { TL_RSA_NO_KEY = 1, TL_RSA_WRONG };
/* From DER: RSAPublicKey (PKCS #1, as CloudTrail's ListPublicKeys gives it) or SubjectPublicKeyInfo. 0,
 * TL_RSA_NO_KEY when it is neither, or TL_ENOMEM. */
int tl_rsa_new(struct tl_rsa **out, tl_str der, struct tl_err *err);
void tl_rsa_free(struct tl_rsa *k);
/* What CloudTrail calls the key: the MD5 of its PKCS #1 DER, in hex. It chooses a key and proves nothing.
 * Borrowed from `k`. */
tl_str tl_rsa_fingerprint(const struct tl_rsa *k);
/* 0 when `signature` is the key's own over `text`, TL_RSA_WRONG when it is not, or TL_ENOMEM. */
int tl_rsa_prove(const struct tl_rsa *k, tl_str text, tl_str signature, struct tl_err *err);

#endif
