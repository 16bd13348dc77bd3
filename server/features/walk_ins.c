#include "features/walk_ins.h"

#include "base/uuid.h"
#include "features/attendees.h"
#include "features/check_ins.h"
#include "features/codes.h"
#include "features/collection.h"
#include "features/organizations.h"

static const char WALKED_IN[] =
    "SELECT display_name FROM attendees WHERE id = :id AND event_id = :event AND walk_in = 1";
static const char TEAM[] = "SELECT id FROM teams WHERE event_id = :event AND (slug = :it OR id = :it)";
static const char ORGANIZATION[] =
    "SELECT id FROM organizations WHERE event_id = :event AND (name = :it OR id = :it)";
static const char NEW_ORGANIZATION[] =
    "INSERT INTO organizations (id, event_id, name, search, created_at, updated_at)"
    " VALUES (:id, :event, :name, :search, :now, :now)";
static const char INSERT[] =
    "INSERT INTO attendees (id, event_id, display_name, sort_name, organization_id, agency_type, team_id,"
    " role_label, code_label, search, walk_in, created_at, updated_at)"
    " VALUES (:id, :event, :display_name, :sort_name, :organization_id, :agency_type, :team_id, :role_label,"
    " :code_label, :search, 1, :now, :now)";

const char *const walk_ins_sql[] = {WALKED_IN, TEAM, ORGANIZATION, NEW_ORGANIZATION, INSERT, NULL};

static const struct field fields[] = {
    {"display_name", FIELD_TEXT, FIELD_REQUIRED, 1, 80},
    {"organization", FIELD_TEXT, FIELD_NULLABLE, 1, 200},
    {"team", FIELD_TEXT, FIELD_NULLABLE, 1, 64},
    {"agency_type", FIELD_ENUM, FIELD_NULLABLE, .values = AGENCY_TYPES},
    {"role_label", FIELD_TEXT, FIELD_NULLABLE, 1, 200},
    {0},
};

static struct str find(struct request *rq, const char *statement, struct str it)
{
    struct query *q = request_sql(rq, statement);
    query_text(q, ":it", it);
    struct str id = query_row(q) ? query_get_text(q, 0) : (struct str){0};
    return id.ptr ? str_of(arena_strndup(rq->arena, id.ptr, id.len)) : id;
}

/* As in an imported roster: one that nobody knows yet is made. */
static struct str organization_of(struct request *rq, struct str name)
{
    struct str found = name.ptr ? find(rq, ORGANIZATION, name) : name;
    if (found.ptr || !name.ptr)
        return found;
    char *id = arena_alloc(rq->arena, UUID_TEXT);
    if (!id)
        return found;
    uuid_v7(id);
    struct query *q = request_sql(rq, NEW_ORGANIZATION);
    query_text(q, ":id", str_of(id));
    query_text(q, ":name", name);
    query_text(q, ":search", collection_search(rq, name, (struct str){0}, (struct str){0}));
    query_run(q);
    return str_of(id);
}

static void add(struct request *rq, struct str id, const struct values *v, struct str team)
{
    struct str name = fields_get(v, "display_name")->text, sort_name = attendees_sort_name(rq, name);
    char label[CODE_LABEL];
    code_random_label(label);
    struct query *q = request_sql(rq, INSERT);
    fields_bind(rq, q, v, NULL);
    query_text(q, ":id", id);
    query_text(q, ":sort_name", sort_name);
    query_text(q, ":organization_id", organization_of(rq, fields_get(v, "organization")->text));
    query_text(q, ":team_id", team);
    query_text(q, ":code_label", str_of(label));
    query_text(q, ":search", collection_search(rq, name, sort_name, (struct str){0}));
    if (query_run(q) == STEP_CONFLICT)
        invalid(rq, "/attendee_id", "was used for someone else: take a new one");
    else
        rq->after_commit = check_ins_count_walk_in;
}

struct str walk_in_take(struct request *rq, json_t *walk_in, const struct entry *entry)
{
    struct values v;
    char made[UUID_TEXT];
    uuid_derive(made, entry->id, STR("walk-in"));
    struct str id = entry->attendee.ptr ? entry->attendee : str_of(made);
    id = str_of(arena_strndup(rq->arena, id.ptr, id.len));
    if (fields_read(rq, fields, walk_in, false, &v) != ERR_OK) {
        invalid_under(rq, "/walk_in");
        return (struct str){0};
    }
    struct query *q = request_sql(rq, WALKED_IN);
    query_text(q, ":id", id);
    if (query_row(q))
        return id;
    struct str team = fields_get(&v, "team")->text, team_id = team.ptr ? find(rq, TEAM, team) : team;
    if (team.ptr && !team_id.ptr)
        invalid(rq, "/walk_in/team", "names no team of this event, by slug or id");
    else
        add(rq, id, &v, team_id);
    return rq->invalid ? (struct str){0} : id;
}
