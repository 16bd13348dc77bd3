/* version.c - `convened version`. */
#include <stdio.h>

#include "cli/cli.h"

#ifndef CONVENED_VERSION
#define CONVENED_VERSION "unreleased"
#endif

int cli_version(const struct config *config)
{
    (void)config;
    puts("convened " CONVENED_VERSION);
    return CLI_OK;
}
