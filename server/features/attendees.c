#include "features/attendees.h"

#include <string.h>

#include "base/uuid.h"
#include "db/feed.h"
#include "features/attendees_import.h"
#include "features/code_holder.h"
#include "features/organizations.h"

/* --- faces: the columns of an attendee as one kind of reader sees them --- */

#define HOST_FACE                                                                                            \
    "SELECT id, display_name, sort_name, search, organization_id, agency_type, team_id, role_label,"         \
    " revision, updated_at FROM attendees WHERE event_id = :event"

#define STAFF_FACE                                                                                           \
    "SELECT id, display_name, sort_name, search, organization_id, NULL AS agency_type, team_id,"             \
    " NULL AS role_label, revision, updated_at FROM attendees WHERE event_id = :event"

#define SHOWS(field)                                                                                         \
    "EXISTS (SELECT 1 FROM consents c WHERE c.attendee_id = a.id AND c.field = '" field "'"                  \
    " AND c.expires_at > :now AND (c.audience = 'event' OR a.team_id = :team))"
#define IF_SHOWN(column, field) "CASE WHEN " SHOWS(field) " THEN a." column " END AS " column

/* `search` holds the name alone, so it shows no more than `display_name` does. */
/* clang-format off */
#define SHARED(more)                                                                                         \
    "SELECT a.id, a.display_name, a.sort_name, a.search, a.revision, a.updated_at, "                         \
    IF_SHOWN("organization_id", "organization") ", "                                                         \
    IF_SHOWN("agency_type", "agency_type") ", "                                                              \
    IF_SHOWN("team_id", "team") ", "                                                                         \
    IF_SHOWN("role_label", "role_label") more                                                                \
    " FROM attendees a WHERE a.event_id = :event AND a.listed = 1 AND " SHOWS("display_name")
/* clang-format on */
#define SHARED_FACE SHARED("")
/* How to reach somebody: of one person at a time, never in a list or on a phone; and only when it was they
 * who agreed, known by their personal code: a claim is one person's word. */
#define THEMSELVES "EXISTS (SELECT 1 FROM participants p WHERE p.attendee_id = a.id AND p.role = 'attendee')"
#define CONTACT(column) ", CASE WHEN " SHOWS(column) " AND " THEMSELVES " THEN a." column " END AS _" column
#define SHARED_CONTACT SHARED(CONTACT("email") CONTACT("phone"))

#define ATTENDEE                                                                                             \
    "id, display_name, sort_name, organization_id, agency_type, team_id, role_label, revision,"              \
    " updated_at AS \"updated_at:time\""

#define TEAM_NAMED                                                                                           \
    "(SELECT t.id FROM teams t WHERE t.event_id = :event AND (t.slug = :in_team OR t.id = :in_team))"

#define LIST(face)                                                                                           \
    "WITH seen AS (" face ") SELECT " ATTENDEE ", sort_name AS _key FROM seen"                               \
    " WHERE (:q IS NULL OR search LIKE :q ESCAPE '\\') AND (:in_team IS NULL OR team_id = " TEAM_NAMED ")"   \
    " AND (:organization IS NULL OR organization_id = :organization)"                                        \
    " AND (:agency_type IS NULL OR agency_type = :agency_type)"                                              \
    " AND (sort_name, id) > (:after_key, :after_id) ORDER BY sort_name, id LIMIT :limit"

#define ONE(face) "WITH seen AS (" face ") SELECT " ATTENDEE " FROM seen WHERE id = :id"

static const char HOST_LIST[] = LIST(HOST_FACE);
static const char STAFF_LIST[] = LIST(STAFF_FACE);
static const char STAFF_ONE[] = ONE(STAFF_FACE);
static const char SHARED_LIST[] = LIST(SHARED_FACE);
static const char SHARED_DOCUMENT[] = ONE(SHARED_FACE);
static const char SHARED_ONE[] =
    "WITH seen AS (" SHARED_CONTACT ") SELECT " ATTENDEE ", _email, _phone FROM seen WHERE id = :id";

static const char HOST_ONE[] =
    "SELECT " ATTENDEE ", email, phone FROM attendees WHERE id = :id AND event_id = :event";
static const char HOST_DOCUMENT[] = ONE(HOST_FACE);
static const char INSERT[] =
    "INSERT INTO attendees (id, event_id, display_name, sort_name, organization_id, agency_type, team_id,"
    " role_label, email, phone, code_label, search, created_at, updated_at)"
    " VALUES (:id, :event, :display_name, :sort_name, :organization_id, :agency_type, :team_id, :role_label,"
    " :email, :phone, :code_label, :search, :now, :now)";
static const char UPDATE[] =
    "UPDATE attendees SET display_name = :display_name, sort_name = :sort_name,"
    " organization_id = :organization_id, agency_type = :agency_type, team_id = :team_id,"
    " role_label = :role_label, email = :email, phone = :phone, search = :search,"
    " revision = revision + 1, updated_at = :now WHERE id = :id AND event_id = :event";
static const char REMOVE[] = "DELETE FROM attendees WHERE id = :id AND event_id = :event";

static const char HAS_ORGANIZATION[] = "SELECT id FROM organizations WHERE id = :it AND event_id = :event";
static const char HAS_TEAM[] = "SELECT id FROM teams WHERE id = :it AND event_id = :event";

#define END_DEVICES                                                                                          \
    "UPDATE devices SET revoked_at = :now WHERE revoked_at IS NULL AND participant_id IN"                    \
    " (SELECT id FROM participants WHERE attendee_id = :id AND event_id = :event"
static const char CODE[] = "SELECT id, code_generation, code_label, NULL FROM attendees WHERE id = :id"
                           " AND event_id = :event";
static const char BUMP[] = "UPDATE attendees SET code_generation = code_generation + 1 WHERE id = :id"
                           " AND event_id = :event";
/* Of whoever is this attendee: their badge may have been used for any of them. */
static const char END[] = END_DEVICES ")";
/* Those who are here by their badge alone; a team's member stays one. */
static const char END_BADGES[] = END_DEVICES " AND role = 'attendee')";

static const char *const sql[] = {
    HOST_LIST, STAFF_LIST,    STAFF_ONE, SHARED_LIST, SHARED_ONE, SHARED_DOCUMENT,
    HOST_ONE,  HOST_DOCUMENT, INSERT,    UPDATE,      REMOVE,     HAS_ORGANIZATION,
    HAS_TEAM,  CODE,          BUMP,      END,         END_BADGES, NULL};

static const struct field fields[] = {
    {"display_name", FIELD_TEXT, FIELD_REQUIRED, 1, 80},
    {"sort_name", FIELD_TEXT, FIELD_NULLABLE, 1, 200},
    {"organization_id", FIELD_ID, FIELD_NULLABLE},
    {"agency_type", FIELD_ENUM, FIELD_NULLABLE, .values = AGENCY_TYPES},
    {"team_id", FIELD_ID, FIELD_NULLABLE},
    {"role_label", FIELD_TEXT, FIELD_NULLABLE, 1, 200},
    {"email", FIELD_EMAIL, FIELD_NULLABLE},
    {"phone", FIELD_TEXT, FIELD_NULLABLE, 1, 40},
    {0},
};

/* --- reading --- */

static const char *face(const struct request *rq, const char *host, const char *staff, const char *shared)
{
    return rq->frame.organizer ? host : rq->who.role == ROLE_STAFF ? staff : shared;
}

static enum err bind_id_filter(struct request *rq, struct query *q, const char *name, const char *parameter)
{
    struct str id = request_query(rq, name);
    if (id.ptr && !uuid_is(id))
        return fail(rq, ERR_BAD_REQUEST, "%s is an id: a lower-case UUID", name);
    query_text(q, parameter, id);
    return ERR_OK;
}

static enum err bind_team_filter(struct request *rq, struct query *q)
{
    struct str team = request_query(rq, "team");
    bool good = team.len <= 64;
    for (size_t i = 0; i < team.len && good; i++)
        good = strchr("abcdefghijklmnopqrstuvwxyz0123456789-_", team.ptr[i]) != NULL;
    if (!good || (team.ptr && !team.len))
        return fail(rq, ERR_BAD_REQUEST, "team is a team's slug or id");
    query_text(q, ":in_team", team);
    return ERR_OK;
}

static enum err list_attendees(struct request *rq)
{
    struct str pattern;
    struct query *q = request_sql(rq, face(rq, HOST_LIST, STAFF_LIST, SHARED_LIST));
    enum err err = collection_pattern(rq, &pattern);
    if (err == ERR_OK)
        err = bind_team_filter(rq, q);
    if (err == ERR_OK)
        err = bind_id_filter(rq, q, "organization", ":organization");
    if (err == ERR_OK)
        err = organizations_check_type(rq, "agency_type");
    if (err != ERR_OK)
        return err;
    query_text(q, ":q", pattern);
    query_text(q, ":agency_type", request_query(rq, "agency_type"));
    return collection_page(rq, q, KEY_TEXT);
}

static void put_contact(struct query *q, const char *column, struct buf *out)
{
    struct str value = query_named_text(q, column);
    if (!value.ptr)
        return;
    buf_printf(out, ",\"%s\":", column + 1);
    buf_json(out, value);
}

/* What is not shared is not there, so that nothing tells it from what there never was. */
static enum err get_shared(struct request *rq)
{
    struct query *q = request_sql_id(rq, SHARED_ONE);
    if (!query_row(q))
        return fail(rq, ERR_NOT_FOUND, "there is no such attendee");
    struct buf *out = reply_json(rq, 200);
    buf_char(out, '{');
    query_json_members(q, out, rq->zone);
    put_contact(q, "_email", out);
    put_contact(q, "_phone", out);
    buf_char(out, '}');
    return ERR_OK;
}

static enum err get_attendee(struct request *rq)
{
    const char *sql_text = face(rq, HOST_ONE, STAFF_ONE, NULL);
    return sql_text ? collection_reply(rq, sql_text, request_param(rq, "id"), 200, "attendee")
                    : get_shared(rq);
}

/* --- writing --- */

static void check_place(struct request *rq, const struct values *v, const char *field, const char *has)
{
    struct str id = fields_get(v, field)->text;
    if (!id.ptr)
        return;
    struct query *q = request_sql(rq, has);
    query_text(q, ":it", id);
    if (!query_row(q))
        invalid(rq, arena_printf(rq->arena, "/%s", field), "names nothing that is here");
}

struct str attendees_sort_name(struct request *rq, struct str name)
{
    size_t at = name.len;
    while (at && name.ptr[at - 1] != ' ')
        at--;
    if (!at)
        return name;
    struct str rest = str_trim((struct str){name.ptr, at});
    struct buf out;
    buf_init(&out, rq->arena, name.len + 2);
    buf_add(&out, name.ptr + at, name.len - at);
    buf_puts(&out, ", ");
    buf_str(&out, rest);
    return buf_view(&out);
}

/* Someone who goes by another name now does not want to be sorted, or found, by the old one. */
static enum err check(struct request *rq, struct values *v, struct query *current)
{
    struct value *sort_name = fields_at(v, "sort_name");
    struct str name = collection_text(v, "display_name", current);
    bool renamed = !current || !str_eq(name, query_named_text(current, "display_name"));
    if (!sort_name->text.ptr && (sort_name->set || renamed)) {
        sort_name->set = true;
        sort_name->text = attendees_sort_name(rq, name);
    }
    check_place(rq, v, "organization_id", HAS_ORGANIZATION);
    check_place(rq, v, "team_id", HAS_TEAM);
    return invalid_result(rq);
}

static void bind(struct request *rq, struct query *q, const struct values *v, struct query *current)
{
    query_text(q, ":search",
               collection_search(rq, collection_text(v, "display_name", current),
                                 collection_text(v, "sort_name", current), (struct str){0}));
    if (!query_has(q, ":code_label"))
        return;
    char *label = arena_zalloc(rq->arena, CODE_LABEL);
    if (label)
        code_random_label(label);
    query_text(q, ":code_label", str_of(label));
}

const struct collection attendees_collection = {
    .noun = "attendee",
    .fields = fields,
    .get = HOST_ONE,
    .insert = INSERT,
    .update = UPDATE,
    .remove = REMOVE,
    .check = check,
    .bind = bind,
    .conflict = "an attendee of that id exists",
};

static const struct code_holder code = {"attendee", CODE_ATTENDEE, CODE, BUMP, END};

static enum err delete_attendee(struct request *rq)
{
    query_run(request_sql_id(rq, END_BADGES)); /* undone with the rest when the attendee stays */
    rq->after_commit = code_holder_forget_tokens;
    return collection_remove(rq);
}

#define E "/v1/events/{event}"

static const struct route routes[] = {
    {METHOD_GET, E "/attendees", "listAttendees", ACCESS_ANYONE, TX_READ, list_attendees,
     .query = "q team organization agency_type limit cursor", .vary = VARY_TEAM,
     .flags = ROUTE_TIMED | ROUTE_AUDITED},
    {METHOD_POST, E "/attendees", "createAttendee", ACCESS_HOST, TX_WRITE, collection_create,
     &attendees_collection, .body = BODY_JSON},
    {METHOD_POST, E "/attendees/import", "importAttendees", ACCESS_HOST, TX_NONE, attendees_import,
     .query = "dry_run", .body = BODY_FILE, .flags = ROUTE_AUDITED},
    {METHOD_GET, E "/attendees/{id}", "getAttendee", ACCESS_ANYONE, TX_READ, get_attendee, .vary = VARY_TEAM,
     .flags = ROUTE_TIMED | ROUTE_AUDITED},
    {METHOD_PATCH, E "/attendees/{id}", "updateAttendee", ACCESS_HOST, TX_WRITE, collection_update,
     &attendees_collection, .body = BODY_JSON, .flags = ROUTE_AUDITED},
    {METHOD_DELETE, E "/attendees/{id}", "deleteAttendee", ACCESS_HOST, TX_WRITE, delete_attendee,
     &attendees_collection, .flags = ROUTE_AUDITED},
    {METHOD_GET, E "/attendees/{id}/code", "getAttendeeCode", ACCESS_HOST, TX_READ, code_holder_get, &code,
     .vary = VARY_ROLE, .flags = ROUTE_AUDITED},
    {METHOD_POST, E "/attendees/{id}/code/rotate", "rotateAttendeeCode", ACCESS_HOST, TX_WRITE,
     code_holder_rotate, &code, .flags = ROUTE_AUDITED},
    {0},
};

/* Consents are written under `me`. */
/* Whoever never showed a name has no entry in the scopes of others: nothing to count. */
#define SHOWN(id, audience)                                                                                  \
    "EXISTS (SELECT 1 FROM consents c WHERE c.attendee_id = " id                                             \
    " AND c.field = 'display_name' AND c.audience " audience ")"
#define OF_CONSENT "attendees a WHERE a.id = row.attendee_id"

static const char *document(const struct request *rq)
{
    return face(rq, HOST_DOCUMENT, STAFF_ONE, SHARED_DOCUMENT);
}

#define DOCUMENT                                                                                             \
    "revision, display_name, sort_name, organization_id, agency_type, team_id, role_label, email, phone"

static const struct feed_source feed[] = {
    {"attendees", "attendees", "row.event_id || '/organizers'", "row.id", .columns = DOCUMENT},
    {"attendees", "attendees", "row.event_id || '/staff'", "row.id", .columns = DOCUMENT},
    {"attendees", "attendees", "row.event_id || '/public'", "row.id", .visible = SHOWN("row.id", "= 'event'"),
     .columns = DOCUMENT},
    {"attendees", "attendees", "'team/' || row.team_id", "row.id", .visible = SHOWN("row.id", "<> ''"),
     .columns = DOCUMENT},
    {"consents", "attendees", "a.event_id || '/public'", "a.id", .visible = SHOWN("a.id", "= 'event'"),
     .from = OF_CONSENT},
    {"consents", "attendees", "'team/' || a.team_id", "a.id", .visible = SHOWN("a.id", "<> ''"),
     .from = OF_CONSENT},
    {0},
};

static const struct document documents[] = {
    {"attendees", .pick = document, .people = true},
    {0},
};

const struct feature feature_attendees = {.name = "attendees",
                                          .reads = "me organizations teams",
                                          .routes = routes,
                                          .sql = sql,
                                          .feed = feed,
                                          .documents = documents};
