#include "features/worksheet_templates.h"

#include "base/uuid.h"
#include "db/feed.h"
#include "features/collection.h"

enum { PROMPTS_MAX = 100 };

#define TEMPLATE                                                                                             \
    "id, title, introduction, notice, prompts AS \"prompts:json\", revision, updated_at AS "                 \
    "\"updated_at:time\""

static const char LIST[] = "SELECT " TEMPLATE ", created_at AS _key FROM worksheet_templates"
                           " WHERE event_id = :event AND (created_at, id) > (:after_key, :after_id)"
                           " ORDER BY created_at, id LIMIT :limit";
static const char GET[] = "SELECT " TEMPLATE " FROM worksheet_templates WHERE id = :id AND event_id = :event";
static const char INSERT[] = "INSERT INTO worksheet_templates (id, event_id, title, introduction, notice, "
                             "prompts, created_at, updated_at)"
                             " VALUES (:id, :event, :title, :introduction, :notice, :prompts, :now, :now)";
static const char PROMPT[] = "INSERT INTO prompts (id, template_id, number, kind, text, names_county)"
                             " VALUES (:id, :template_id, :number, :kind, :text, :names_county)";
static const char TEMPLATES[] =
    "SELECT id FROM worksheet_templates WHERE event_id = :event ORDER BY created_at, id";
static const char TEAMS[] = "SELECT id FROM teams WHERE event_id = :event AND (:team IS NULL OR id = :team)";
static const char WORKSHEET[] = "INSERT INTO worksheets (id, event_id, team_id, template_id, created_at)"
                                " VALUES (:id, :event, :team_id, :template_id, :now)";

static const char DOCUMENT[] =
    "SELECT p.id, p.template_id, p.number, p.kind, p.text FROM prompts p"
    " JOIN worksheet_templates t ON t.id = p.template_id WHERE p.id = :id AND t.event_id = :event";
static const char *const sql[] = {DOCUMENT, LIST, GET, INSERT, PROMPT, TEMPLATES, TEAMS, WORKSHEET, NULL};

static const struct field fields[] = {
    {"id", FIELD_ID, FIELD_NULLABLE},
    {"title", FIELD_TEXT, FIELD_REQUIRED, 1, 200},
    {"introduction", FIELD_PROSE, FIELD_NULLABLE, 0, 8000},
    {"notice", FIELD_PROSE, FIELD_NULLABLE, 0, 8000},
    {0},
};

static const struct field prompt_fields[] = {
    {"id", FIELD_ID, FIELD_NULLABLE},
    {"number", FIELD_INT, 0, 1, PROMPTS_MAX, .preset = "0"}, /* 0: its place in the array */
    {"kind", FIELD_ENUM, 0, .values = "question next_steps outstanding_questions", .preset = "question"},
    {"text", FIELD_PROSE, FIELD_REQUIRED, 1, 8000},
    {"names_county", FIELD_BOOL, 0, .preset = "0"},
    {0},
};

static const struct collection templates = {
    .noun = "worksheet template", .list = LIST, .get = GET, .key = KEY_INT};

struct prompt {
    char made[UUID_TEXT];
    struct str id, kind, text;
    int64_t number;
    bool names_county;
};

/* --- the body --- */

/* Faults of a prompt are told with its place in the body. */
static void read_prompt(struct request *rq, json_t *json, size_t i, struct prompt *p)
{
    struct values v;
    struct invalid **from = rq->invalid ? rq->invalid_end : &rq->invalid;
    fields_read(rq, prompt_fields, json, false, &v);
    for (struct invalid *fault = *from; fault; fault = fault->next) {
        const char *pointer = arena_printf(rq->arena, "/prompts/%zu%s", i, fault->pointer);
        fault->pointer = pointer ? pointer : "/prompts";
    }
    p->id = fields_get(&v, "id")->text;
    p->kind = fields_get(&v, "kind")->text;
    p->text = fields_get(&v, "text")->text;
    p->number = fields_get(&v, "number")->integer;
    p->names_county = fields_get(&v, "names_county")->integer;
    if (!p->id.ptr) {
        uuid_v7(p->made);
        p->id = (struct str){p->made, UUID_TEXT - 1};
    }
    if (!p->number)
        p->number = (int64_t)i + 1;
}

static void check_numbers(struct request *rq, const struct prompt *prompts, size_t n)
{
    bool taken[PROMPTS_MAX + 1] = {0};
    for (size_t i = 0; i < n; i++) {
        if (prompts[i].number > PROMPTS_MAX)
            continue; /* told already */
        if (taken[prompts[i].number])
            invalid(rq, arena_printf(rq->arena, "/prompts/%zu/number", i),
                    "is the number of a prompt before");
        taken[prompts[i].number] = true;
    }
}

/* The prompts in order of their numbers, so that the template reads as the sheet does. */
static void sort(struct prompt **sorted, struct prompt *prompts, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t at = i;
        for (; at > 0 && sorted[at - 1]->number > prompts[i].number; at--)
            sorted[at] = sorted[at - 1];
        sorted[at] = &prompts[i];
    }
}

static enum err read_prompts(struct request *rq, json_t *array, struct prompt ***out, size_t *n)
{
    *n = json_array_size(array);
    if (!json_is_array(array) || *n < 1 || *n > PROMPTS_MAX) {
        invalid(rq, "/prompts", "must be an array of 1 to %d prompts", PROMPTS_MAX);
        return invalid_result(rq);
    }
    struct prompt *prompts = arena_zalloc(rq->arena, *n * sizeof *prompts);
    *out = arena_zalloc(rq->arena, *n * sizeof(struct prompt *));
    if (!prompts || !*out)
        return ERR_UNAVAILABLE;
    for (size_t i = 0; i < *n; i++)
        read_prompt(rq, json_array_get(array, i), i, &prompts[i]);
    check_numbers(rq, prompts, *n);
    sort(*out, prompts, *n);
    return invalid_result(rq);
}

static struct str prompts_json(struct request *rq, struct prompt **prompts, size_t n)
{
    struct buf out;
    buf_init(&out, rq->arena, 1024);
    for (size_t i = 0; i < n; i++) {
        buf_puts(&out, i ? ",{\"id\":" : "[{\"id\":");
        buf_json(&out, prompts[i]->id);
        buf_printf(&out, ",\"number\":%d,\"kind\":", (int)prompts[i]->number);
        buf_json(&out, prompts[i]->kind);
        buf_puts(&out, ",\"text\":");
        buf_json(&out, prompts[i]->text);
        buf_puts(&out, prompts[i]->names_county ? ",\"names_county\":true}" : "}");
    }
    buf_char(&out, ']');
    return buf_view(&out);
}

/* --- worksheets --- */

/* The id follows from template and team, whichever of the two came last. */
static void make_worksheet(struct request *rq, struct str template, struct str team)
{
    char id[UUID_TEXT];
    const char *name =
        arena_printf(rq->arena, "%.*s/%.*s", (int)template.len, template.ptr, (int)team.len, team.ptr);
    uuid_derive(id, STR("worksheet"), str_of(name));
    struct query *q = request_sql(rq, WORKSHEET);
    query_text(q, ":id", str_of(id));
    query_text(q, ":template_id", template);
    query_text(q, ":team_id", team);
    query_run(q);
}

static void make_for_template(struct request *rq, struct str template)
{
    struct query *q = request_sql(rq, TEAMS);
    while (query_row(q))
        make_worksheet(rq, template, query_get_text(q, 0));
}

void worksheet_templates_for_team(struct request *rq, struct str team)
{
    struct query *q = request_sql(rq, TEMPLATES);
    while (query_row(q))
        make_worksheet(rq, query_get_text(q, 0), team);
}

/* --- POST --- */

static bool insert_prompts(struct request *rq, struct str template, struct prompt **prompts, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct query *q = request_sql(rq, PROMPT);
        query_text(q, ":template_id", template);
        query_text(q, ":id", prompts[i]->id);
        query_int(q, ":number", prompts[i]->number);
        query_text(q, ":kind", prompts[i]->kind);
        query_text(q, ":text", prompts[i]->text);
        query_int(q, ":names_county", prompts[i]->names_county);
        if (query_run(q) == STEP_CONFLICT)
            return false;
    }
    return true;
}

static enum err insert(struct request *rq, struct str id, const struct values *values,
                       struct prompt **prompts, size_t n)
{
    struct query *q = request_sql(rq, INSERT);
    query_text(q, ":id", id);
    query_text(q, ":title", fields_get(values, "title")->text);
    query_text(q, ":introduction", fields_get(values, "introduction")->text);
    query_text(q, ":notice", fields_get(values, "notice")->text);
    query_text(q, ":prompts", prompts_json(rq, prompts, n));
    if (query_run(q) == STEP_CONFLICT || !insert_prompts(rq, id, prompts, n))
        return fail(rq, ERR_CONFLICT, "a template of that id, or a prompt of one of those ids, exists");
    make_for_template(rq, id);
    return collection_reply(rq, GET, id, 201, templates.noun);
}

static void release(void *json)
{
    json_decref(json);
}

static enum err create(struct request *rq)
{
    struct values values;
    struct prompt **prompts = NULL;
    size_t n = 0;
    struct str id;
    bool repeat;
    json_t *array = json_incref(json_object_get(rq->json, "prompts")),
           *given = json_object_get(rq->json, "id");
    if (array && arena_defer(rq->arena, release, array))
        return ERR_UNAVAILABLE;
    struct str given_id = {json_string_value(given), json_string_length(given)};
    if (given_id.ptr && !uuid_is(given_id))
        given_id = (struct str){0}; /* told below */
    enum err err = collection_claim_id(rq, given_id, templates.noun, &id, &repeat);
    if (err != ERR_OK)
        return err;
    json_object_del(rq->json, "prompts");
    fields_read(rq, fields, rq->json, false, &values);
    if ((err = read_prompts(rq, array, &prompts, &n)) != ERR_OK)
        return err;
    return repeat ? collection_reply(rq, GET, id, 200, templates.noun) : insert(rq, id, &values, prompts, n);
}

#define TEMPLATES_PATH "/v1/events/{event}/worksheet-templates"

static const struct route routes[] = {
    {METHOD_GET, TEMPLATES_PATH, "listWorksheetTemplates", ACCESS_ANYONE, TX_READ, collection_list,
     &templates, .query = "limit cursor", .vary = VARY_NOBODY},
    {METHOD_POST, TEMPLATES_PATH, "createWorksheetTemplate", ACCESS_HOST, TX_WRITE, create, &templates,
     .body = BODY_JSON},
    {0},
};

static const struct feed_source feed[] = {
    {"prompts", "prompts",
     "(SELECT t.event_id || '/public' FROM worksheet_templates t WHERE t.id = row.template_id)", "row.id"},
    {0},
};

static const struct document documents[] = {
    {"prompts", DOCUMENT},
    {0},
};

const struct feature feature_worksheet_templates = {
    .name = "worksheet_templates", .routes = routes, .sql = sql, .feed = feed, .documents = documents};
