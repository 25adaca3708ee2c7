/* mangle FILE N SEED DIR: writes N files to DIR, each FILE changed at a few places, another way each time. */
#include <stdio.h>
#include <stdlib.h>

#include "../fuzz/change.h"

int main(int argc, char **argv)
{
    if (argc != 5)
        return 2;
    struct tl_buf file = {0}, b = {0};
    FILE *in = fopen(argv[1], "rb");
    if (!in || tl_buf_reserve(&file, 1 << 22))
        return 2;
    file.n = fread(file.p, 1, 1 << 22, in);
    fclose(in);
    uint64_t state = strtoull(argv[3], NULL, 10);
    for (long i = 0, n = atol(argv[2]); i < n; i++) {
        char path[4096];
        b.n = 0;
        snprintf(path, sizeof path, "%s/%s-%ld", argv[4], argv[3], i);
        FILE *out = fopen(path, "wb");
        if (!out || tl_buf_add(&b, file.p, file.n) || fuzz_change(&b, &state) ||
            fwrite(b.p, 1, b.n, out) != b.n || fclose(out))
            return 2;
    }
    tl_buf_fini(&file);
    tl_buf_fini(&b);
    return 0;
}
