/* demo.c - a working convening in one command: load, show the ways in, serve. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/seed.h"
#include "cli/serve.h"
#include "features/features.h"
#include "features/qr.h"
#include "http/local.h"

static const char EVENT[] = "csec2015";
static const char EVENT_PATH[] = "/v1/events/csec2015";
static const char TEAM[] = "los-angeles";

struct ways_in {
    char email[64], password[64], code[32];
};

/* A text member of a reply to an admin's call; empty when it was refused. */
static void fetch(struct house *house, const char *method, const char *target, const char *body,
                  const char *key, char *out, size_t size)
{
    struct arena arena;
    struct local_reply reply;
    arena_init(&arena, NULL, 0);
    struct local_call call = {
        .method = method, .target = target, .body = str_of(body), .token = local_admin_token(house, &arena)};
    local_call(house, &call, &arena, &reply);
    json_t *json = json_loadb(reply.body.ptr, reply.body.len, 0, NULL);
    const char *value = json_string_value(json_object_get(json, key));
    snprintf(out, size, "%s", value ? value : "");
    json_decref(json);
    arena_finish(&arena);
}

/* The team's id comes from its page of the list: the demo knows the slug alone. */
static void fetch_code(struct house *house, char *out, size_t size)
{
    struct arena arena;
    struct local_reply reply;
    char target[200] = "";
    size_t i;
    json_t *team;
    arena_init(&arena, NULL, 0);
    snprintf(target, sizeof target, "/v1/events/%s/teams?limit=500", EVENT);
    struct local_call call = {.method = "GET", .target = target, .token = local_admin_token(house, &arena)};
    local_call(house, &call, &arena, &reply);
    json_t *json = json_loadb(reply.body.ptr, reply.body.len, 0, NULL);
    json_array_foreach(json_object_get(json, "items"), i, team)
    {
        const char *slug = json_string_value(json_object_get(team, "slug"));
        const char *id = json_string_value(json_object_get(team, "id"));
        if (slug && id && !strcmp(slug, TEAM))
            snprintf(target, sizeof target, "/v1/events/%s/teams/%s/code", EVENT, id);
    }
    json_decref(json);
    arena_finish(&arena);
    fetch(house, "GET", target, NULL, "code", out, size);
}

static void show(struct house *house, const char *url, void *arg)
{
    struct ways_in *in = arg;
    fetch(house, "POST", "/v1/organizers",
          "{\"email\":\"organizer@example.org\",\"display_name\":\"Demo organizer\"}", "password",
          in->password, sizeof in->password);
    fetch_code(house, in->code, sizeof in->code);
    printf("\nThe demo event: %s/events/%s   API reference: %s/docs\n", url, EVENT, url);
    printf("Everybody in it is invented.\n\n");
    printf("  organizer login   organizer@example.org   %s\n", in->password);
    printf("  team code         %s   (Los Angeles)\n\n", in->code);
    qr_terminal(stdout, in->code);
    printf("\nTry, in another terminal:\n\n");
    printf("TOKEN=$(curl -s %s/v1/auth/join -H 'Content-Type: application/json' -d "
           "'{\"code\":\"%s\",\"display_name\":\"Try-out\"}'"
           " | sed 's/.*\"access_token\":\"\\([^\"]*\\)\".*/\\1/')\n",
           url, in->code);
    printf("curl -s %s/v1/events/%s/sessions -H \"Authorization: Bearer $TOKEN\"\n", url, EVENT);
    printf("curl -s %s/v1/events/%s/worksheets -H \"Authorization: Bearer $TOKEN\"\n\n", url, EVENT);
}

/* Seeds a directory that has no database yet. One that has must be a demo's: its organizer gets into every
 * event. */
static int prepare(const struct config *config)
{
    char path[4096], why[256], id[64] = "";
    snprintf(path, sizeof path, "%s/convened.db", config->data);
    bool fresh = access(path, F_OK);
    struct house *house = house_open(config, features, why);
    int rc = !house ? -1 : fresh ? seed_load(house, config->seed, why) : 0;
    if (!rc)
        fetch(house, "GET", EVENT_PATH, NULL, "id", id, sizeof id);
    house_close(house);
    if (fresh && rc)
        unlink(path); /* half a demo is none; the next start begins afresh */
    if (rc)
        return cli_fail("%s", why);
    return *id ? 0
               : cli_fail("%s does not hold the demo event: serve it with `convened serve`, or name another "
                          "--data",
                          config->data);
}

int cli_demo(const struct config *config)
{
    struct ways_in in = {0};
    int lock = cli_lock(config->data, true);
    if (lock == -1)
        return cli_fail("%s: another process has this data directory", config->data);
    if (lock < 0)
        return CLI_FAILED;
    int code = prepare(config) ? CLI_FAILED : serve(config, show, &in);
    close(lock);
    return code;
}
