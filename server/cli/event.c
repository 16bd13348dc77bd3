/* event.c - `convened event list`. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

int cli_event(const struct config *c)
{
    size_t i;
    json_t *event;
    if (c->n_args != 1 || strcmp(c->args[0], "list"))
        return cli_usage("event takes: list");
    json_t *list = cli_must(c, "GET", "/v1/events?limit=500", NULL);
    if (!list)
        return CLI_FAILED;
    json_array_foreach(json_object_get(list, "items"), i, event) printf(
        "%-20s %-10s %s\n", json_string_value(json_object_get(event, "slug")),
        json_string_value(json_object_get(event, "kind")), json_string_value(json_object_get(event, "name")));
    json_decref(list);
    return CLI_OK;
}
