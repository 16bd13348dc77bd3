/* token.c - `convened token`: for scripts, and for trying things with curl. */
#include <stdio.h>

#include "cli/cli.h"

int cli_token(const struct config *c)
{
    if (!*c->event || !*c->role)
        return cli_usage("token takes --event, --role and, for a member or lead, --team");
    json_t *body = json_pack("{s:s, s:s}", "event", c->event, "role", c->role);
    if (*c->team)
        json_object_set_new(body, "team", json_string(c->team));
    json_t *reply = cli_must(c, "POST", "/v1/tokens", body);
    if (!reply)
        return CLI_FAILED;
    puts(json_string_value(json_object_get(reply, "access_token")));
    json_decref(reply);
    return CLI_OK;
}
