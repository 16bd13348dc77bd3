#include "features/attendees_import.h"

#include <string.h>

#include "base/uuid.h"
#include "features/attendees.h"
#include "features/attendees_plan.h"
#include "features/codes.h"
#include "features/organizations.h"

enum { PLANS = 4 }; /* the last one is made while others wait */

static const char *const columns[] = {"display_name", "sort_name", "organization", "agency_type", "team",
                                      "role_label",   "email",     "phone",        NULL};
/* Where a column's value goes: to the parameter, and to the field without its colon. */
static const char *const parameters[COLUMNS] = {":display_name", ":sort_name", ":organization_id",
                                                ":agency_type",  ":team_id",   ":role_label",
                                                ":email",        ":phone"};

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
                                    : field_of(attendees_collection.fields, parameters[column] + 1);
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
        row->name_key = attendees_plan_fold(rq->arena, row->value[NAME].ptr ? row->value[NAME] : STR(""));
        *r->end = row;
        r->end = &row->next;
    }
    return ERR_OK;
}

/* --- what is to be written: made before, for others wait while it is --- */

static struct str new_id(struct request *rq)
{
    char *id = arena_alloc(rq->arena, UUID_TEXT);
    if (id)
        uuid_v7(id);
    return str_of(id);
}

static struct str new_label(struct request *rq)
{
    char *label = arena_zalloc(rq->arena, CODE_LABEL);
    if (label)
        code_random_label(label);
    return str_of(label);
}

static void make_row(struct request *rq, const struct roster *r, struct row *row)
{
    const struct person *p = row->known;
    struct str name = row->value[NAME];
    for (enum column c = 0; c < COLUMNS; c++)
        row->stored[c] = attendees_plan_gives(r, row, c) ? attendees_plan_value(row, c)
                         : p                             ? p->value[c]
                                                         : (struct str){0};
    if (!attendees_plan_gives(r, row, SORT_NAME) && !(p && str_eq(name, p->value[NAME])))
        row->stored[SORT_NAME] = attendees_sort_name(rq, name);
    row->search = collection_search(rq, name, row->stored[SORT_NAME], (struct str){0});
    row->id = p ? p->id : new_id(rq);
    row->label = p ? (struct str){0} : new_label(rq);
}

/* The plan, and all that it would write. */
static enum err plan(struct request *rq, struct roster *r)
{
    enum err err = attendees_plan(rq);
    if (err == ERR_OK)
        err = import_check(&r->im);
    if (err != ERR_OK || r->im.dry_run)
        return err;
    for (struct place *place = r->made; place; place = place->next)
        place->id = new_id(rq);
    for (struct row *row = r->first; row; row = row->next)
        if (row->changes)
            make_row(rq, r, row);
    return ERR_OK;
}

/* --- writing --- */

static enum err write_organization(struct request *rq, const struct place *place)
{
    struct values values = {.fields = organizations_collection.fields};
    *fields_at(&values, "name") = (struct value){.set = true, .text = place->name};
    return collection_store(rq, &organizations_collection, place->id, &values, NULL);
}

static enum err write_row(struct request *rq, const struct row *row)
{
    struct query *q = request_sql(rq, row->known ? attendees_collection.update : attendees_collection.insert);
    query_text(q, ":id", row->id);
    for (enum column c = 0; c < COLUMNS; c++)
        query_text(q, parameters[c], row->stored[c]);
    if (!row->known)
        query_text(q, ":code_label", row->label);
    query_text(q, ":search", row->search);
    return query_run(q) == STEP_CONFLICT ? fail(rq, ERR_CONFLICT, "%s", attendees_collection.conflict)
                                         : ERR_OK;
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
    for (struct place *place = r->made; place && err == ERR_OK; place = place->next)
        err = write_organization(rq, place);
    for (struct row *row = r->first; row && err == ERR_OK; row = row->next)
        if (row->changes)
            err = write_row(rq, row);
    return err;
}

static enum err find_answer(struct request *rq)
{
    struct roster *r = rq->scratch;
    struct str before;
    enum err err = import_find(&r->im, &before);
    if (err == ERR_OK && before.ptr)
        buf_str(reply_json(rq, 200), before);
    return err;
}

static enum err write_all(struct request *rq)
{
    struct roster *r = rq->scratch;
    enum err err = find_answer(rq);
    if (err != ERR_OK || rq->reply.status) /* or answered before */
        return err;
    r->stale = !attendees_plan_holds(rq, r);
    if (r->stale && r->plans < PLANS)
        return ERR_OK;
    if (r->stale)
        err = plan(rq, r);
    r->stale = false;
    if (err == ERR_OK)
        err = write_rows(rq, r);
    if (err == ERR_OK)
        import_keep(&r->im, buf_view(report(r)));
    return err;
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
        err = request_transact(rq, TX_READ, find_answer);
    if (err != ERR_OK || rq->reply.status)
        return err;
    do { /* again when somebody else has changed the roster meanwhile */
        if ((err = plan(rq, r)) != ERR_OK)
            return err;
        if (r->im.dry_run || !(r->counts.created || r->counts.updated)) {
            report(r);
            return ERR_OK;
        }
        err = request_transact(rq, TX_BULK, write_all);
    } while (err == ERR_OK && r->stale);
    return err;
}
