/* routes.c - `convened routes`: what a test holds equal to api-spec/openapi.yaml. */
#include <stdio.h>

#include "cli/cli.h"
#include "features/features.h"

static void print_access(unsigned access)
{
    const char *comma = "";
    if (access & ACCESS_PUBLIC)
        fputs("public", stdout);
    if (access & ACCESS_METRICS)
        fputs("metrics", stdout);
    for (enum role r = ROLE_ATTENDEE; r < ROLE_COUNT; r++)
        if (access & 1u << r) {
            printf("%s%s", comma, role_name(r));
            comma = ",";
        }
    putchar('\n');
}

int cli_routes(const struct config *config)
{
    (void)config;
    for (const struct feature *const *f = features; *f; f++)
        for (const struct route *r = (*f)->routes; r->path; r++) {
            printf("%s %s %s ", method_name(r->method), r->path, r->operation);
            print_access(r->access);
        }
    return CLI_OK;
}
