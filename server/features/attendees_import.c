#include "features/attendees_import.h"

#include <string.h>

#include "base/uuid.h"
#include "features/attendees.h"
#include "features/attendees_plan.h"
#include "features/organizations.h"

static const char PERSON[] =
    "SELECT id, display_name, sort_name, organization_id, agency_type, team_id, role_label,"
    " email, phone FROM attendees WHERE id = :id AND event_id = :event";

const char *const attendees_import_sql[] = {PERSON, NULL};

static const char *const columns[] = {"display_name", "sort_name", "organization", "agency_type", "team",
                                      "role_label",   "email",     "phone",        NULL};
/* Where a column's value goes. */
static const char *const field_names[COLUMNS] = {
    "display_name", "sort_name", "organization_id", "agency_type", "team_id", "role_label", "email", "phone"};

/* --- the file: each row checked by itself --- */

static const struct field *field_of(const struct field *fields, const char *name)
{
    while (strcmp(fields->name, name) != 0)
        fields++;
    return fields;
}

/* As people type it: `Child Welfare`. */
static struct str as_word(struct request *rq, struct str typed)
{
    char *word = text_fold(rq->arena, typed);
    for (char *c = word; c && *c; c++)
        if (*c == ' ' || *c == '-')
            *c = '_';
    return str_of(word ? word : "");
}

static void check_cell(struct roster *r, struct row *row, enum column column, struct str cell)
{
    struct request *rq = r->im.rq;
    struct value value = {0};
    const struct field *field = column == ORGANIZATION
                                    ? field_of(organizations_collection.fields, "name")
                                    : field_of(attendees_collection.fields, field_names[column]);
    if (!cell.len && column != NAME)
        return;
    if (column == TEAM) { /* the plan looks it up */
        row->value[TEAM] = cell;
        return;
    }
    if (column == AGENCY_TYPE)
        cell = as_word(rq, cell);
    const char *fault = fields_cell(rq, field, cell, &value);
    row->faulty = row->faulty || fault;
    if (fault)
        import_fault(&r->im, row->number, row->line, columns[column], "%s", fault);
    else
        row->value[column] = value.text;
}

static enum err read_file(struct roster *r)
{
    struct request *rq = r->im.rq;
    struct str cells[IMPORT_COLUMNS];
    r->table = (struct import_table){.columns = columns, .needed = "display_name"};
    r->end = &r->first;
    if (!import_header(&r->im, &r->table))
        return ERR_OK;
    while (import_row(&r->im, &r->table, cells)) {
        struct row *row = arena_zalloc(rq->arena, sizeof *row);
        if (!row)
            return fail(rq, ERR_UNAVAILABLE, "memory is out");
        row->number = r->im.rows - 1;
        row->line = r->table.csv.line;
        for (enum column c = 0; c < COLUMNS; c++)
            if (r->table.has[c])
                check_cell(r, row, c, cells[c]);
        row->name_key = attendees_plan_fold(rq, row->value[NAME].ptr ? row->value[NAME] : STR(""));
        *r->end = row;
        r->end = &row->next;
    }
    return ERR_OK;
}

/* --- writing --- */

static struct str new_id(struct request *rq)
{
    char *id = arena_alloc(rq->arena, UUID_TEXT);
    if (id)
        uuid_v7(id);
    return str_of(id);
}

static void set(struct values *values, const char *name, struct str text)
{
    *fields_at(values, name) = (struct value){.set = true, .text = text};
}

static enum err write_row(struct request *rq, struct roster *r, const struct row *row)
{
    struct values values = {.fields = attendees_collection.fields};
    struct query *current = NULL;
    for (enum column c = 0; c < COLUMNS; c++)
        if (attendees_plan_gives(r, row, c))
            set(&values, field_names[c], attendees_plan_value(row, c));
    if (row->known) {
        current = request_sql(rq, PERSON);
        query_text(current, ":id", row->known->id);
        query_row(current);
    }
    return collection_store(rq, &attendees_collection, row->known ? row->known->id : new_id(rq), &values,
                            current);
}

/* The answer, counts and faults. */
static struct buf *report(struct roster *r)
{
    struct buf *out = import_report(&r->im);
    buf_printf(out, ",\"created\":%d,\"updated\":%d,\"unchanged\":%d,\"organizations_created\":%d",
               r->counts.created, r->counts.updated, r->counts.unchanged, r->counts.organizations);
    import_report_end(&r->im, out);
    return out;
}

static enum err write_rows(struct request *rq, struct roster *r)
{
    enum err err = ERR_OK;
    for (struct place *place = r->made; place && err == ERR_OK; place = place->next) {
        struct values values = {.fields = organizations_collection.fields};
        place->id = new_id(rq);
        set(&values, "name", place->name);
        err = collection_store(rq, &organizations_collection, place->id, &values, NULL);
    }
    for (struct row *row = r->first; row && err == ERR_OK; row = row->next)
        if (row->changes)
            err = write_row(rq, r, row);
    return err;
}

static enum err repeat(struct request *rq, struct str answer)
{
    buf_str(reply_json(rq, 200), answer);
    return ERR_OK;
}

static enum err write_all(struct request *rq)
{
    struct roster *r = rq->scratch;
    struct str before;
    enum err err = import_find(&r->im, &before);
    if (err == ERR_OK && before.ptr)
        return repeat(rq, before);
    if (err == ERR_OK && !attendees_plan_holds(rq, r))
        err = attendees_plan(rq, r);
    if (err == ERR_OK)
        err = import_check(&r->im);
    if (err == ERR_OK)
        err = write_rows(rq, r);
    if (err == ERR_OK)
        import_keep(&r->im, buf_view(report(r)));
    return err;
}

static enum err plan(struct request *rq)
{
    struct roster *r = rq->scratch;
    struct str before;
    enum err err = import_find(&r->im, &before);
    if (err != ERR_OK)
        return err;
    return before.ptr ? repeat(rq, before) : attendees_plan(rq, r);
}

enum err attendees_import(struct request *rq)
{
    int type;
    struct roster *r = rq->scratch = arena_zalloc(rq->arena, sizeof *r);
    if (!r)
        return fail(rq, ERR_UNAVAILABLE, "memory is out");
    enum err err = import_open(&r->im, rq, "text/csv", &type);
    if (err == ERR_OK)
        err = read_file(r);
    if (err == ERR_OK)
        err = request_transact(rq, TX_READ, plan);
    if (err != ERR_OK || rq->reply.status) /* or answered before */
        return err;
    if ((err = import_check(&r->im)) != ERR_OK)
        return err;
    if (!r->im.dry_run && (r->counts.created || r->counts.updated))
        return request_transact(rq, TX_BULK, write_all);
    report(r);
    return ERR_OK;
}
