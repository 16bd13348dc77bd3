/* organizer.c - `convened organizer add EMAIL`. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

int cli_organizer(const struct config *c)
{
    if (c->n_args != 2 || strcmp(c->args[0], "add"))
        return cli_usage("organizer takes: add EMAIL [--event SLUG] [--name NAME]");
    json_t *body = json_pack("{s:s}", "email", c->args[1]);
    if (*c->name)
        json_object_set_new(body, "display_name", json_string(c->name));
    if (*c->event)
        json_object_set_new(body, "event", json_string(c->event));
    json_t *reply = cli_must(c, "POST", "/v1/organizers", body);
    if (!reply)
        return CLI_FAILED;
    printf("%s  one-time password: %s\n", json_string_value(json_object_get(reply, "email")),
           json_string_value(json_object_get(reply, "password")));
    json_decref(reply);
    return CLI_OK;
}
