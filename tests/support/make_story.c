/* Writes the records of a story as CloudTrail delivers them: `make_story fixtures/scenarios/NAME/story.json
 * DIR`. */
#include <stdio.h>

#include "dump.h"
#include "story.h"

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: make_story STORY DIR\n");
        return 2;
    }
    struct tlh *h = tlh_story(argv[1]);
    struct tlh_delivery how = {.readable = true, .every_s = 1800, .seed = 27};
    printf("%zu records\n", tlh_deliver(h, argv[2], &how));
    tlh_free(h);
    return 0;
}
