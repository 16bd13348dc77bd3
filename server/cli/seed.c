#include "cli/seed.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/csv.h"
#include "base/uuid.h"
#include "base/zone.h"
#include "cli/cli.h"
#include "features/features.h"
#include "http/local.h"

enum { FILE_MAX = 32 * 1024 * 1024 };

struct loader {
    struct house *house;
    const char *dir, *slug; /* "program" for what belongs to no event */
    struct zone *zone;
    struct arena arena; /* of one file */
    char *why;
    const char *file;
    int line;
};

/* One kind of file: rows of a CSV become POSTs to `path`, or PATCHes of the rows of another file. */
struct kind {
    const char *file;    /* also the collection's name in ids: "rooms" */
    const char *path;    /* below the event; absolute when it begins with a slash */
    const char *drop;    /* columns that are no fields, space-separated */
    const char *changes; /* the file whose rows these change; NULL: new ones */
    bool listed;         /* the API takes lists: a row goes as a list of one */
};

static const struct kind event_kinds[] = {
    {"rooms", "rooms", ""},
    {"tracks", "tracks", ""},
    {"speakers", "speakers", ""},
    {"sessions", "sessions?force=true", ""},
    {"resources", "resources", ""},
    {"organizations", "organizations", ""},
    {"teams", "teams", ""},
    {"attendees", "attendees", "consent"},
    {"announcements", "announcements", ""},
    {"check-ins", "check-ins", "", .listed = true},
    {0},
};

static const struct kind program_kinds[] = {
    {"counties", "/v1/program/counties", ""},
    {"tier-changes", "/v1/program/counties", "", "counties"},
    {"milestones", "/v1/program/milestones", ""},
    {0},
};

/* --- calls --- */

static int complain(struct loader *l, const char *text, struct str more)
{
    snprintf(l->why, 256, "%s/%s/%s:%d: %s%.120s", l->dir, l->slug, l->file, l->line, text,
             more.ptr ? more.ptr : "");
    return -1;
}

static int call(struct loader *l, const char *method, const char *target, const char *token, json_t *body,
                struct local_reply *reply)
{
    char *text = json_dumps(body, JSON_COMPACT);
    json_decref(body);
    if (!text)
        return complain(l, "memory is out", (struct str){0});
    struct local_call c = {.method = method,
                           .target = target,
                           .body = str_of(text),
                           .token = token ? token : local_admin_token(l->house, &l->arena)};
    local_call(l->house, &c, &l->arena, reply);
    free(text);
    if (reply->status >= 200 && reply->status < 300)
        return 0;
    struct str detail = reply->body;
    const char *from = strstr(arena_strndup(&l->arena, detail.ptr, detail.len), "\"detail\"");
    return complain(l, "refused: ", from ? str_of(from) : detail);
}

static json_t *reply_json_of(const struct local_reply *reply)
{
    return json_loadb(reply->body.ptr, reply->body.len, 0, NULL);
}

static const char *event_path(struct loader *l, const char *rest)
{
    return rest[0] == '/' ? rest : arena_printf(&l->arena, "/v1/events/%s/%s", l->slug, rest);
}

static json_t *id_of(struct loader *l, const char *collection, struct str key)
{
    char id[UUID_TEXT], space[160];
    snprintf(space, sizeof space, "%s/%s", l->slug, collection);
    uuid_derive(id, str_of(space), key);
    return json_string(id);
}

/* --- values --- */

static bool ends_with(struct str s, const char *suffix)
{
    size_t n = strlen(suffix);
    return s.len >= n && !memcmp(s.ptr + s.len - n, suffix, n);
}

/* `room_id` points into rooms.csv, `county_id` into counties.csv. */
static const char *target_of(struct loader *l, struct str column)
{
    struct str stem = {column.ptr, column.len - 3};
    return str_is(stem, "county") ? "counties" : arena_printf(&l->arena, "%.*ss", (int)stem.len, stem.ptr);
}

static json_t *time_of(struct loader *l, struct str cell)
{
    char text[32], out[CLOCK_TEXT];
    int64_t local;
    if (cell.len != 16 || !l->zone)
        return json_stringn(cell.ptr, cell.len);
    snprintf(text, sizeof text, "%.16s:00Z", cell.ptr);
    if (!clock_parse(str_of(text), &local))
        return json_stringn(cell.ptr, cell.len);
    clock_format(out, zone_to_utc(l->zone, local), l->zone);
    return json_string(out);
}

static json_t *list_of(struct loader *l, struct str cell, const char *ids_of)
{
    json_t *list = json_array();
    while (cell.ptr) {
        struct str part = str_trim(str_split(&cell, '|'));
        if (part.len)
            json_array_append_new(list, ids_of ? id_of(l, ids_of, part) : json_stringn(part.ptr, part.len));
    }
    return list;
}

static json_t *value_of(struct loader *l, struct str column, struct str cell)
{
    static const char *const numbers[] = {"capacity", "position", "tier", "number"};
    int64_t n;
    if (ends_with(column, "_id"))
        return id_of(l, target_of(l, column), cell);
    if (str_is(column, "speaker_ids"))
        return list_of(l, cell, "speakers");
    if (str_is(column, "learning_objectives"))
        return list_of(l, cell, NULL);
    if (ends_with(column, "_at") || str_is(column, "at"))
        return time_of(l, cell);
    if (str_is(column, "done"))
        return json_boolean(str_is(cell, "true"));
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers - 1; i++)
        if (str_is(column, numbers[i]) && str_int(cell, &n))
            return json_integer(n);
    return json_stringn(cell.ptr, cell.len);
}

/* --- files --- */

/* The whole file, or an absent str when there is none. */
static struct str read_file(struct loader *l, const char *name)
{
    char *path = arena_printf(&l->arena, "%s/%s/%s", l->dir, l->slug, name);
    FILE *f = path ? fopen(path, "rb") : NULL;
    struct buf text;
    char chunk[16384];
    size_t n;
    l->file = name;
    l->line = 1;
    if (!f)
        return (struct str){0};
    buf_init(&text, &l->arena, 65536);
    while ((n = fread(chunk, 1, sizeof chunk, f)) && text.len < FILE_MAX)
        buf_add(&text, chunk, n);
    fclose(f);
    return text.failed ? (struct str){0} : buf_view(&text);
}

struct table {
    struct csv csv;
    struct str columns[CSV_MAX_COLUMNS], cells[CSV_MAX_COLUMNS];
    size_t n_columns, n_cells;
};

/* 1 when the file is there and has a header, 0 when there is none, -1 when it is bad. */
static int table_open(struct loader *l, struct table *t, const char *name)
{
    struct str text = read_file(l, name);
    if (!text.ptr)
        return 0;
    csv_init(&t->csv, &l->arena, text);
    if (!csv_next(&t->csv, t->columns, CSV_MAX_COLUMNS, &t->n_columns) || !str_is(t->columns[0], "key"))
        return complain(l, t->csv.error ? t->csv.error : "the first column must be `key`", (struct str){0});
    return 1;
}

/* 1 for a row, 0 at the end, -1 when it is bad. */
static int table_row(struct loader *l, struct table *t)
{
    bool more = csv_next(&t->csv, t->cells, CSV_MAX_COLUMNS, &t->n_cells);
    l->line = t->csv.line;
    if (!more)
        return t->csv.error ? complain(l, t->csv.error, (struct str){0}) : 0;
    return t->n_cells == t->n_columns
               ? 1
               : complain(l, "the row has another number of cells than the header", (struct str){0});
}

static struct str cell_of(const struct table *t, const char *column)
{
    for (size_t i = 0; i < t->n_columns; i++)
        if (str_is(t->columns[i], column))
            return t->cells[i];
    return (struct str){0};
}

static bool dropped(const char *list, struct str column)
{
    struct str rest = str_of(list);
    while (rest.len)
        if (str_eq(str_split(&rest, ' '), column))
            return true;
    return false;
}

static json_t *row_body(struct loader *l, const struct table *t, const struct kind *kind)
{
    json_t *body = json_object();
    if (!kind->changes)
        json_object_set_new(body, "id", id_of(l, kind->file, t->cells[0]));
    for (size_t i = 1; i < t->n_columns; i++) {
        char *name = arena_strndup(&l->arena, t->columns[i].ptr, t->columns[i].len);
        if (t->cells[i].len && !dropped(kind->drop, t->columns[i]))
            json_object_set_new(body, name, value_of(l, t->columns[i], t->cells[i]));
    }
    return kind->listed ? json_pack("[o]", body) : body;
}

static int load_consent(struct loader *l, const struct table *t);

/* Rows that were changed before, by an earlier load or by a person, are left as they are. */
static int change_row(struct loader *l, const struct table *t, const struct kind *kind)
{
    struct local_reply reply;
    json_t *id = id_of(l, kind->changes, t->cells[0]);
    const char *path = arena_printf(&l->arena, "%s/%s", event_path(l, kind->path), json_string_value(id));
    struct local_call get = {
        .method = "GET", .target = path, .token = local_admin_token(l->house, &l->arena)};
    json_decref(id);
    local_call(l->house, &get, &l->arena, &reply);
    json_t *now = reply_json_of(&reply);
    bool changed = json_integer_value(json_object_get(now, "revision")) > 1;
    json_decref(now);
    return changed ? 0 : call(l, "PATCH", path, NULL, row_body(l, t, kind), &reply);
}

static int load_kind(struct loader *l, const struct kind *kind)
{
    struct table t;
    struct local_reply reply;
    arena_finish(&l->arena);
    int more = table_open(l, &t, arena_printf(&l->arena, "%s.csv", kind->file));
    if (more <= 0)
        return more;
    while ((more = table_row(l, &t)) > 0) {
        if (kind->changes ? change_row(l, &t, kind)
                          : call(l, "POST", event_path(l, kind->path), NULL, row_body(l, &t, kind), &reply))
            return -1;
        if (*kind->drop && load_consent(l, &t))
            return -1;
    }
    return more;
}

/* --- what takes more than a POST --- */

static const char *reply_text(struct loader *l, const struct local_reply *reply, const char *key)
{
    json_t *json = reply_json_of(reply);
    const char *s = json_string_value(json_object_get(json, key));
    const char *copy = s ? arena_strndup(&l->arena, s, strlen(s)) : NULL;
    json_decref(json);
    return copy;
}

/* A token got by a code, as a phone gets it. */
static const char *join(struct loader *l, const char *code_path, const char *display_name)
{
    struct local_reply reply;
    struct local_call get = {
        .method = "GET", .target = event_path(l, code_path), .token = local_admin_token(l->house, &l->arena)};
    local_call(l->house, &get, &l->arena, &reply);
    const char *code = reply.status == 200 ? reply_text(l, &reply, "code") : NULL;
    if (!code) {
        complain(l, "no code for ", str_of(code_path));
        return NULL;
    }
    json_t *body = json_pack("{s:s, s:s}", "code", code, "device", "seed data");
    if (display_name)
        json_object_set_new(body, "display_name", json_string(display_name));
    return call(l, "POST", "/v1/auth/join", "", body, &reply) ? NULL : reply_text(l, &reply, "access_token");
}

/* Nobody but a person gives that person's consent: so the loader joins with the badge's code, as they would.
 */
static int load_consent(struct loader *l, const struct table *t)
{
    static const char *const shown[] = {"display_name", "organization", "agency_type", "team", "role_label"};
    struct str audience = cell_of(t, "consent");
    struct local_reply reply;
    if (!audience.len || str_is(audience, "none"))
        return 0;
    json_t *id = id_of(l, "attendees", t->cells[0]), *body = json_object();
    const char *token = join(l, arena_printf(&l->arena, "attendees/%s/code", json_string_value(id)), NULL);
    json_decref(id);
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
        json_object_set_new(body, shown[i], json_stringn(audience.ptr, audience.len));
    if (!token) {
        json_decref(body);
        return -1;
    }
    return call(l, "PUT", "/v1/me/consent", token, body, &reply);
}

static int load_templates(struct loader *l)
{
    struct local_reply reply;
    size_t i, j;
    json_t *template, *prompt;
    arena_finish(&l->arena);
    struct str text = read_file(l, "worksheet-templates.json");
    json_t *list = text.ptr ? json_loadb(text.ptr, text.len, JSON_REJECT_DUPLICATES, NULL) : json_array();
    int rc = json_is_array(list) ? 0 : complain(l, "not a JSON array", (struct str){0});
    json_array_foreach(list, i, template)
    {
        const char *key = json_string_value(json_object_get(template, "key"));
        if (rc || !key)
            break;
        json_object_set_new(template, "id", id_of(l, "worksheet-templates", str_of(key)));
        json_object_del(template, "key");
        json_array_foreach(json_object_get(template, "prompts"), j, prompt)
        {
            const char *prompt_key = json_string_value(json_object_get(prompt, "key"));
            if (prompt_key)
                json_object_set_new(prompt, "id", id_of(l, "prompts", str_of(prompt_key)));
            json_object_del(prompt, "key");
        }
        rc = call(l, "POST", event_path(l, "worksheet-templates"), NULL, json_incref(template), &reply);
    }
    json_decref(list);
    return rc;
}

/* The first worksheet that this token sees: its id, and the id of its prompt number n. */
static const char *prompt_id(struct loader *l, const char *worksheet, const char *token, int64_t number)
{
    struct local_reply reply;
    struct local_call get = {.method = "GET",
                             .target = event_path(l, arena_printf(&l->arena, "worksheets/%s", worksheet)),
                             .token = token};
    local_call(l->house, &get, &l->arena, &reply);
    json_t *json = reply_json_of(&reply), *prompt;
    const char *found = NULL;
    size_t i;
    json_array_foreach(json_object_get(json, "prompts"), i,
                       prompt) if (json_integer_value(json_object_get(prompt, "number")) == number)
    {
        const char *id = json_string_value(json_object_get(prompt, "id"));
        found = id ? arena_strndup(&l->arena, id, strlen(id)) : NULL;
    }
    json_decref(json);
    return found;
}

/* The team's first worksheet, as the list has it: its id and how many items it holds. NULL: it has none. */
static const char *find_worksheet(struct loader *l, struct str team, int64_t *items)
{
    struct local_reply reply;
    struct local_call get = {.method = "GET",
                             .target = event_path(l, "worksheets?limit=500"),
                             .token = local_admin_token(l->house, &l->arena)};
    local_call(l->house, &get, &l->arena, &reply);
    json_t *json = reply_json_of(&reply), *id = id_of(l, "teams", team), *row;
    const char *found = NULL;
    size_t i;
    json_array_foreach(json_object_get(json, "items"), i, row)
    {
        const char *sheet = json_string_value(json_object_get(row, "id"));
        if (found || !sheet || !json_equal(json_object_get(row, "team_id"), id))
            continue;
        found = arena_strndup(&l->arena, sheet, strlen(sheet));
        *items = json_integer_value(json_object_get(row, "items"));
    }
    json_decref(json);
    json_decref(id);
    return found;
}

static int load_item(struct loader *l, const struct table *t, const char *worksheet, const char *token)
{
    static const struct kind items = {"items", "", "team_id prompt"};
    struct local_reply reply;
    int64_t number = 0;
    str_int(cell_of(t, "prompt"), &number);
    const char *prompt = prompt_id(l, worksheet, token, number);
    if (!prompt)
        return complain(l, "no such prompt", (struct str){0});
    json_t *body = row_body(l, t, &items);
    json_object_set_new(body, "prompt_id", json_string(prompt));
    return call(l, "POST", event_path(l, arena_printf(&l->arena, "worksheets/%s/items", worksheet)), token,
                body, &reply);
}

/* What worksheets.csv says that the team did with its worksheet: "submitted", "shared", or nothing. */
static struct str state_of(struct loader *l, struct str team)
{
    struct table t;
    struct str state = {0};
    const char *file = l->file;
    int line = l->line;
    for (int more = table_open(l, &t, "worksheets.csv"); more > 0 && (more = table_row(l, &t)) > 0;)
        if (str_eq(t.cells[0], team))
            state = cell_of(&t, "state");
    l->file = file;
    l->line = line;
    return state;
}

/* As the team's lead would. */
static int hand_in(struct loader *l, struct str team, const char *worksheet, const char *token)
{
    struct local_reply reply;
    struct str state = state_of(l, team);
    const char *verb = str_is(state, "submitted") ? "submit" : str_is(state, "shared") ? "share" : NULL;
    json_t *id = id_of(l, "teams", team);
    const char *lead = arena_printf(&l->arena, "teams/%s/lead", json_string_value(id));
    json_decref(id);
    if (!verb)
        return state.len ? complain(l, "worksheets.csv knows no state ", state) : 0;
    if (call(l, "PUT", event_path(l, lead), token, json_object(), &reply))
        return -1;
    return call(l, "POST", event_path(l, arena_printf(&l->arena, "worksheets/%s/%s", worksheet, verb)), token,
                json_object(), &reply);
}

/* The team's worksheet to write in, and a member to write as; *worksheet NULL when it was loaded before. */
static int sit_down(struct loader *l, struct str team, const char **worksheet, const char **token)
{
    int64_t items = 0;
    *token = NULL;
    *worksheet = find_worksheet(l, team, &items);
    if (!*worksheet)
        return complain(l, "the team has no worksheet", (struct str){0});
    if (items) {
        *worksheet = NULL;
        return 0;
    }
    json_t *id = id_of(l, "teams", team);
    *token = join(l, arena_printf(&l->arena, "teams/%s/code", json_string_value(id)), "Seed data");
    json_decref(id);
    return *token ? 0 : -1;
}

/* Rows of a team stand together. */
static int load_items(struct loader *l)
{
    struct table t;
    struct str team = {0};
    const char *token = NULL, *worksheet = NULL;
    arena_finish(&l->arena);
    int more = table_open(l, &t, "worksheet-items.csv");
    if (more <= 0)
        return more;
    while ((more = table_row(l, &t)) > 0) {
        struct str now = cell_of(&t, "team_id");
        if (!team.ptr || !str_eq(team, now)) {
            if (worksheet && hand_in(l, team, worksheet, token))
                return -1;
            team = now;
            if (sit_down(l, team, &worksheet, &token))
                return -1;
        }
        if (worksheet && load_item(l, &t, worksheet, token))
            return -1;
    }
    return more || !worksheet ? more : hand_in(l, team, worksheet, token);
}

/* --- events --- */

static int load_event_row(struct loader *l)
{
    struct local_reply reply;
    static const char *const times[] = {"starts_at", "ends_at"};
    struct str text = read_file(l, "event.json");
    json_t *event = json_loadb(text.ptr, text.len, JSON_REJECT_DUPLICATES, NULL);
    const char *zone = json_string_value(json_object_get(event, "zone"));
    if (!zone || !(l->zone = zone_create(zone))) {
        json_decref(event);
        return complain(l, "not a JSON object with a `zone`", (struct str){0});
    }
    for (size_t i = 0; i < 2; i++) {
        const char *s = json_string_value(json_object_get(event, times[i]));
        if (s)
            json_object_set_new(event, times[i], time_of(l, str_of(s)));
    }
    json_object_del(event, "key");
    json_object_set_new(event, "id", id_of(l, "event", str_of(l->slug)));
    return call(l, "POST", "/v1/events", NULL, event, &reply);
}

static int load_event(struct loader *l)
{
    int rc = load_event_row(l);
    for (const struct kind *k = event_kinds; k->file && !rc; k++)
        rc = load_kind(l, k);
    if (!rc)
        rc = load_templates(l);
    if (!rc)
        rc = load_items(l);
    zone_destroy(l->zone);
    l->zone = NULL;
    return rc;
}

static int is_event(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && strcmp(entry->d_name, "program") && !strchr(entry->d_name, '.');
}

int seed_load(struct house *house, const char *dir, char why[256])
{
    struct loader l = {.house = house, .dir = dir, .slug = "program", .why = why};
    struct dirent **names = NULL;
    int rc = 0, n = scandir(dir, &names, is_event, alphasort);
    arena_init(&l.arena, NULL, 0);
    if (n <= 0) {
        snprintf(why, 256, "%s: no seed data there", dir);
        rc = -1;
    }
    for (const struct kind *k = program_kinds; k->file && !rc; k++)
        rc = load_kind(&l, k);
    for (int i = 0; i < n; i++) {
        l.slug = names[i]->d_name;
        if (!rc)
            rc = load_event(&l);
        arena_finish(&l.arena);
        free(names[i]);
    }
    free(names);
    arena_finish(&l.arena);
    return rc;
}

int cli_seed(const struct config *config)
{
    char why[256];
    if (config->n_args != 1)
        return cli_usage("seed takes one folder: convened seed --data DIR SEED-DATA");
    int lock = cli_lock(config->data, true);
    if (lock < 0)
        return lock == -1 ? cli_fail("%s: a server has this data directory; stop it first", config->data)
                          : CLI_FAILED;
    struct house *house = house_open(config, features, why);
    if (!house)
        return cli_fail("%s", why);
    int rc = seed_load(house, config->args[0], why);
    house_close(house);
    if (rc)
        return cli_fail("%s", why);
    printf("loaded %s into %s\n", config->args[0], config->data);
    return CLI_OK;
}
