/* serve.h - serving until SIGTERM, shared by `serve` and `demo`. */
#ifndef CONVENED_CLI_SERVE_H
#define CONVENED_CLI_SERVE_H

#include "base/config.h"

struct house;

/* Opens the house (lock held by the caller), listens, calls `ready(house, url, arg)` once it does, and serves
 * until SIGTERM or SIGINT. Returns an exit code. */
int serve(const struct config *config, void (*ready)(struct house *house, const char *url, void *arg),
          void *arg);

#endif
