/* keys.c - `convened keys rotate`. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

int cli_keys(const struct config *c)
{
    if (c->n_args != 1 || strcmp(c->args[0], "rotate"))
        return cli_usage("keys takes: rotate");
    json_t *reply = cli_must(c, "POST", "/v1/keys/rotate", NULL);
    if (!reply)
        return CLI_FAILED;
    printf("new signing key %s\n", json_string_value(json_object_get(reply, "kid")));
    json_decref(reply);
    return CLI_OK;
}
