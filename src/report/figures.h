/* Sums of money and checksums as text, the same in every format and every locale. */
#ifndef TRAILLOOP_REPORT_FIGURES_H
#define TRAILLOOP_REPORT_FIGURES_H

#include <stdint.h>

#define TL_FIGURE_MAX_BYTES 48

/* US dollars as a JSON number: six decimals at most, no needless zeros (`0.0125`, `3`). Returns `out`. */
const char *tl_figure_usd(double usd, char out[TL_FIGURE_MAX_BYTES]);
/* The same rounded for people: cents, and finer below ten cents (`12.50`, `0.0125`). Returns `out`. */
const char *tl_figure_usd_short(double usd, char out[TL_FIGURE_MAX_BYTES]);

#define TL_SHA256_HEX_BYTES 65
/* A SHA-256 in lower-case hexadecimal. Returns `out`. */
const char *tl_figure_sha256(const uint8_t sha256[32], char out[TL_SHA256_HEX_BYTES]);

#endif
