#include "sync/presence.h"

#include <stdio.h>

#include "http/fields.h"
#include "http/house.h"
#include "http/hub.h"
#include "http/whereabouts.h"

static const char OWN[] =
    "SELECT w.id FROM worksheets w WHERE w.id = :id AND w.event_id = :event AND w.team_id = :team";
static const char PROMPT[] = "SELECT p.id FROM prompts p JOIN worksheets w ON w.template_id = p.template_id"
                             " WHERE p.id = :prompt_id AND w.id = :id AND w.team_id = :team";
static const char NAME[] = "SELECT display_name FROM participants WHERE id = :person AND team_id = :team";

const char *const presence_sql[] = {OWN, PROMPT, NAME, NULL};

static const struct field fields[] = {
    {"prompt_id", FIELD_ID, FIELD_NULLABLE},
    {0},
};

enum { SHOWN_MAX = 64 };

static enum err own(struct request *rq)
{
    return query_row(request_sql_id(rq, OWN)) ? ERR_OK
                                              : fail(rq, ERR_NOT_FOUND, "there is no such worksheet");
}

enum err presence_put(struct request *rq)
{
    struct values v;
    char scope[SCOPE_TEXT];
    enum err err = own(rq);
    if (err == ERR_OK)
        err = fields_read(rq, fields, rq->json, false, &v);
    if (err != ERR_OK)
        return err;
    struct str prompt = fields_get(&v, "prompt_id")->text;
    if (prompt.ptr) {
        struct query *q = request_sql_id(rq, PROMPT);
        query_text(q, ":prompt_id", prompt);
        if (!query_row(q)) {
            invalid(rq, "/prompt_id", "is not a prompt of this worksheet");
            return invalid_result(rq);
        }
    }
    if (whereabouts_put(rq->house->whereabouts, request_param(rq, "id"), str_of(rq->who.participant),
                        prompt)) {
        snprintf(scope, sizeof scope, "team/%s", rq->who.team);
        hub_poke(rq->house->hub, str_of(scope));
    }
    return reply_no_content(rq);
}

struct people {
    struct request *rq;
    struct str person[SHOWN_MAX], part[SHOWN_MAX];
    int n;
};

static void collect(void *arg, struct str person, struct str part)
{
    struct people *p = arg;
    if (p->n == SHOWN_MAX)
        return;
    p->person[p->n] = (struct str){arena_strndup(p->rq->arena, person.ptr, person.len), person.len};
    p->part[p->n++] = (struct str){arena_strndup(p->rq->arena, part.ptr, part.len), part.len};
}

enum err presence_get(struct request *rq)
{
    struct people people = {.rq = rq};
    enum err err = own(rq);
    if (err != ERR_OK)
        return err;
    whereabouts_each(rq->house->whereabouts, request_param(rq, "id"), collect, &people);
    struct buf *out = reply_json(rq, 200);
    const char *comma = "";
    buf_puts(out, "{\"items\":[");
    for (int i = 0; i < people.n; i++) {
        struct query *q = request_sql(rq, NAME);
        query_text(q, ":person", people.person[i]);
        if (!query_row(q))
            continue;
        buf_puts(out, comma);
        buf_puts(out, "{\"prompt_id\":");
        buf_json(out, people.part[i]);
        buf_puts(out, ",\"participant_id\":");
        buf_json(out, people.person[i]);
        buf_puts(out, ",\"display_name\":");
        buf_json(out, query_get_text(q, 0));
        buf_char(out, '}');
        comma = ",";
    }
    buf_puts(out, "]}");
    return ERR_OK;
}
