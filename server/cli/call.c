/* call.c - the data directory's one user at a time, and how a command reaches it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/uuid.h"
#include "cli/cli.h"
#include "features/features.h"
#include "http/client.h"
#include "http/keys.h"
#include "http/local.h"
#include "http/token.h"

int cli_lock(const char *data, bool create)
{
    char path[4096];
    if (create && mkdir(data, 0700) && errno != EEXIST) {
        cli_fail("%s: %s", data, strerror(errno));
        return -2;
    }
    snprintf(path, sizeof path, "%s/lock", data);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        cli_fail("%s: %s", path, strerror(errno));
        return -2;
    }
    if (!flock(fd, LOCK_EX | LOCK_NB))
        return fd;
    close(fd);
    return -1;
}

int cli_publish(const char *data, const char *address)
{
    char path[4096], part[4096 + 8];
    snprintf(path, sizeof path, "%s/address", data);
    snprintf(part, sizeof part, "%s.new", path);
    FILE *f = fopen(part, "w");
    if (!f)
        return -1;
    fprintf(f, "%s\n", address);
    return fclose(f) || rename(part, path) ? -1 : 0;
}

const char *cli_server(const char *data, struct arena *arena)
{
    char path[4096], line[300];
    snprintf(path, sizeof path, "%s/address", data);
    FILE *f = fopen(path, "r");
    const char *got = f ? fgets(line, sizeof line, f) : NULL;
    if (f)
        fclose(f);
    if (!got)
        return NULL;
    line[strcspn(line, "\n")] = '\0';
    return arena_strndup(arena, line, strlen(line));
}

/* What is asked, of whichever of the two answers: method, target, body, to. */
static int call_here(const struct config *config, const struct local_call *ask, struct arena *arena,
                     struct str *out)
{
    char why[DB_WHY];
    struct local_reply reply = {0};
    struct local_call call = *ask;
    struct house *house = house_open(config, features, why);
    if (!house) {
        cli_fail("%s", why);
        return -1;
    }
    call.token = local_admin_token(house, arena);
    local_call(house, &call, arena, &reply);
    house_close(house);
    *out = reply.body;
    if (!reply.cut)
        return reply.status;
    cli_fail("the answer broke off");
    return -1;
}

static int call_there(const struct config *config, const struct local_call *call, struct arena *arena,
                      struct str *out)
{
    char path[4096], why[KEYS_WHY];
    const char *address = cli_server(config->data, arena);
    snprintf(path, sizeof path, "%s/secrets", config->data);
    struct keys *keys = address ? keys_open(path, why) : NULL;
    if (!keys) {
        cli_fail("%s", address ? why : "the data directory is in use by a process that does not serve");
        return -1;
    }
    struct house half = {.keys = keys}; /* enough to sign */
    struct client_ask ask = {.method = call->method,
                             .target = call->target,
                             .token = local_admin_token(&half, arena),
                             .body = call->body,
                             .to = call->to};
    int status = client_call(address, &ask, arena, out);
    keys_close(keys);
    if (status < 0)
        cli_fail("the server at %s does not answer, or its answer broke off", address);
    return status;
}

static int call(const struct config *config, const struct local_call *ask, struct arena *arena,
                struct str *out)
{
    int status = -1, lock = cli_lock(config->data, true);
    if (lock >= 0) {
        status = call_here(config, ask, arena, out);
        close(lock);
    } else if (lock == -1) {
        status = call_there(config, ask, arena, out);
    }
    return status;
}

int cli_fetch(const struct config *config, const char *target, struct sink *to, struct arena *arena,
              struct str *out)
{
    return call(config, &(struct local_call){.method = "GET", .target = target, .to = to}, arena, out);
}

int cli_call(const struct config *config, const char *method, const char *target, json_t *body,
             json_t **reply)
{
    struct arena arena;
    struct str out = {0};
    char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
    arena_init(&arena, NULL, 0);
    struct local_call ask = {.method = method, .target = target, .body = str_of(text)};
    int status = call(config, &ask, &arena, &out);
    *reply = out.len ? json_loadb(out.ptr, out.len, 0, NULL) : NULL;
    free(text);
    json_decref(body);
    arena_finish(&arena);
    return status;
}

json_t *cli_must(const struct config *config, const char *method, const char *target, json_t *body)
{
    json_t *reply = NULL;
    int status = cli_call(config, method, target, body, &reply);
    if (status >= 200 && status < 300)
        return reply;
    if (status > 0) {
        const char *detail = json_string_value(json_object_get(reply, "detail"));
        json_t *first = json_array_get(json_object_get(reply, "errors"), 0);
        const char *field = json_string_value(json_object_get(first, "pointer"));
        cli_fail("%s%s%s%s%s", detail ? detail : "the server refused", field ? ": " : "", field ? field : "",
                 field ? " " : "", field ? json_string_value(json_object_get(first, "detail")) : "");
    }
    json_decref(reply);
    return NULL;
}
