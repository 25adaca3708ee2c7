/* Writes a trail with log file validation: `make_trail DIR HOURS LOGS`: under DIR/dump the log files and the
 * signed digests of so many hours, so many files each; DIR/key.json, the public key as AWS lists it; and
 * DIR/signature, that of the newest digest. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "digests.h"
#include "dump.h"

int main(int argc, char **argv)
{
    char tree[TLH_NAME_BYTES], path[TLH_NAME_BYTES];
    if (argc != 4) {
        fprintf(stderr, "usage: make_trail DIR HOURS LOGS\n");
        return 2;
    }
    struct tlh_trail t = {.dir = tree,
                          .account = "123456789012",
                          .region = "eu-central-1",
                          .name = "main",
                          .key = tlh_key_new()};
    snprintf(tree, sizeof tree, "%s/dump", argv[1]);
    for (int i = 0; i < atoi(argv[2]); i++)
        tlh_trail_hour(&t, 1709020800 + i * 3600, atoi(argv[3])); /* from 2024-02-27T08:00:00Z on */
    snprintf(path, sizeof path, "%s/key.json", argv[1]);
    tlh_key_write(t.key, path, TLH_KEY_LIST);
    snprintf(path, sizeof path, "%s/signature", argv[1]);
    tlh_write_bytes(path, t.signature, strlen(t.signature), 0);
    return 0;
}
