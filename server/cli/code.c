/* code.c - `convened code`: what goes on a table tent or a badge. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <unistd.h>

#include "cli/cli.h"
#include "features/qr.h"

/* The id of the team that has this slug or id; 0 when there is one. */
static int find_team(const struct config *c, char id[64])
{
    char target[300];
    size_t i;
    json_t *team;
    snprintf(target, sizeof target, "/v1/events/%.64s/teams?limit=500", c->event);
    json_t *list = cli_must(c, "GET", target, NULL);
    if (!list)
        return -1;
    id[0] = '\0';
    json_array_foreach(json_object_get(list, "items"), i, team)
    {
        const char *slug = json_string_value(json_object_get(team, "slug"));
        const char *own = json_string_value(json_object_get(team, "id"));
        if (slug && own && (!strcmp(slug, c->team) || !strcmp(own, c->team)))
            snprintf(id, 64, "%s", own);
    }
    json_decref(list);
    if (*id)
        return 0;
    cli_fail("there is no team \"%s\" in %s", c->team, c->event);
    return -1;
}

int cli_code(const struct config *c)
{
    char target[300], team[64];
    int kinds = (*c->team != '\0') + (*c->attendee != '\0') + c->staff;
    if (!*c->event || kinds != 1)
        return cli_usage("code takes --event and one of --team, --staff and --attendee");
    if (*c->team && find_team(c, team))
        return CLI_FAILED;
    if (*c->team)
        snprintf(target, sizeof target, "/v1/events/%.64s/teams/%s/code", c->event, team);
    else if (c->staff)
        snprintf(target, sizeof target, "/v1/events/%.64s/staff/code", c->event);
    else
        snprintf(target, sizeof target, "/v1/events/%.64s/attendees/%.64s/code", c->event, c->attendee);
    json_t *reply = cli_must(c, "GET", target, NULL);
    if (!reply)
        return CLI_FAILED;
    const char *code = json_string_value(json_object_get(reply, "code"));
    puts(code ? code : "");
    if (code && isatty(1))
        qr_terminal(stdout, code);
    json_decref(reply);
    return CLI_OK;
}
