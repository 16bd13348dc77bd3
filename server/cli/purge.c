/* purge.c - `convened purge --event SLUG --now directory|responses`: what its time is not over for yet. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

int cli_purge(const struct config *c)
{
    char target[300];
    if (!*c->event || !*c->now)
        return cli_usage("purge takes --event SLUG and --now directory or responses; what goes is gone");
    snprintf(target, sizeof target, "/v1/events/%.64s/purge", c->event);
    json_t *gone = cli_must(c, "POST", target, json_pack("{s:s, s:s}", "what", c->now, "event", c->event));
    if (!gone)
        return CLI_FAILED;
    printf("gone: %lld attendees, %lld who joined, %lld worksheets\n",
           (long long)json_integer_value(json_object_get(gone, "attendees")),
           (long long)json_integer_value(json_object_get(gone, "participants")),
           (long long)json_integer_value(json_object_get(gone, "worksheets")));
    json_decref(gone);
    return CLI_OK;
}
