/* healthcheck.c - `convened healthcheck`: for a container's HEALTHCHECK and a shell. */
#include <stdio.h>

#include "cli/cli.h"
#include "http/client.h"

int cli_healthcheck(const struct config *config)
{
    struct arena arena;
    struct str body = {0};
    arena_init(&arena, NULL, 0);
    int status = client_call(config->listen, &(struct client_ask){.method = "GET", .target = "/readyz"},
                             &arena, &body);
    if (status > 0)
        printf("%.*s\n", (int)body.len, body.ptr);
    arena_finish(&arena);
    return status == 200 ? CLI_OK
                         : cli_fail(status < 0 ? "%s does not answer" : "%s is not ready", config->listen);
}
