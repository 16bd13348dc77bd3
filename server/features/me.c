#include "features/me.h"

#include "http/fields.h"

static const char ME[] =
    "SELECT id, display_name, role, event_id, team_id FROM participants WHERE id = :participant";
/* Without e-mail and telephone: a claim is one person's word. */
static const char MY_ATTENDEE[] =
    "SELECT a.id, a.display_name, a.sort_name, a.organization_id, a.agency_type, a.team_id, a.role_label,"
    " a.revision, a.updated_at AS \"updated_at:time\" FROM participants p JOIN attendees a ON a.id = "
    "p.attendee_id"
    " WHERE p.id = :participant";

static const char MY_CONSENT[] =
    "SELECT"
    " coalesce(max(CASE WHEN c.field = 'display_name' THEN c.audience END), 'none') AS display_name,"
    " coalesce(max(CASE WHEN c.field = 'organization' THEN c.audience END), 'none') AS organization,"
    " coalesce(max(CASE WHEN c.field = 'agency_type' THEN c.audience END), 'none') AS agency_type,"
    " coalesce(max(CASE WHEN c.field = 'team' THEN c.audience END), 'none') AS team,"
    " coalesce(max(CASE WHEN c.field = 'role_label' THEN c.audience END), 'none') AS role_label,"
    " coalesce(max(CASE WHEN c.field = 'email' THEN c.audience END), 'none') AS email,"
    " coalesce(max(CASE WHEN c.field = 'phone' THEN c.audience END), 'none') AS phone,"
    " max(c.text_version) AS _text_version"
    " FROM participants p JOIN consents c ON c.attendee_id = p.attendee_id"
    " WHERE p.id = :participant AND c.expires_at > :now";

static const char RENAME[] = "UPDATE participants SET display_name = :display_name, updated_at = :now"
                             " WHERE id = :participant";

static const char CONSENTING[] =
    "SELECT p.attendee_id, e.ends_at FROM participants p JOIN attendees a ON a.id = p.attendee_id"
    " JOIN events e ON e.id = a.event_id WHERE p.id = :participant AND a.event_id = :event";
static const char WITHDRAW[] = "DELETE FROM consents WHERE attendee_id = :attendee_id";
static const char AGREE[] =
    "INSERT INTO consents (attendee_id, field, audience, text_version, given_at, expires_at)"
    " VALUES (:attendee_id, :field, :audience, :text_version, :now, :expires_at)";
/* Where the directory looks for who agreed; whether they still do, consents say. */
static const char LISTED[] =
    "UPDATE attendees SET listed = :listed WHERE id = :attendee_id AND listed <> :listed";

/* One that has expired is as if it had been withdrawn. */
static const char LAPSE[] = "DELETE FROM consents WHERE expires_at <= :now";

static const char CLAIMABLE[] =
    "SELECT (SELECT p.id FROM participants p WHERE p.attendee_id = a.id), me.attendee_id"
    " FROM attendees a JOIN participants me ON me.id = :participant WHERE a.id = :attendee_id"
    " AND a.event_id = :event AND (a.team_id IS NULL OR a.team_id = :team OR me.attendee_id = a.id)";
static const char CLAIM[] =
    "UPDATE participants SET attendee_id = :attendee_id, updated_at = :now WHERE id = :participant";

static const char *const sql[] = {ME,    MY_ATTENDEE, MY_CONSENT, RENAME, CONSENTING, WITHDRAW,
                                  AGREE, LISTED,      CLAIMABLE,  CLAIM,  NULL};

/* --- your profile --- */

static enum err put_me(struct request *rq)
{
    struct query *me = request_sql(rq, ME), *attendee = request_sql(rq, MY_ATTENDEE);
    struct query *consent = request_sql(rq, MY_CONSENT);
    if (!query_row(me) || !query_row(consent)) /* the latter has one row whatever there is */
        return fail(rq, ERR_NOT_FOUND, "you are not here any more");
    struct buf *out = reply_json(rq, 200);
    buf_puts(out, "{\"participant\":");
    query_json(me, out, rq->zone);
    buf_puts(out, ",\"attendee\":");
    if (query_row(attendee))
        query_json(attendee, out, rq->zone);
    else
        buf_puts(out, "null");
    buf_puts(out, ",\"consent\":");
    query_json(consent, out, rq->zone);
    struct str version = query_named_text(consent, "_text_version");
    buf_puts(out, ",\"consent_text_version\":");
    if (version.ptr)
        buf_json(out, version);
    else
        buf_puts(out, "null");
    buf_char(out, '}');
    return ERR_OK;
}

static const struct field me_fields[] = {
    {"display_name", FIELD_TEXT, FIELD_REQUIRED, 1, 80},
    {0},
};

static enum err update_me(struct request *rq)
{
    struct values v;
    enum err err = fields_read(rq, me_fields, rq->json, true, &v);
    if (err != ERR_OK)
        return err;
    if (fields_get(&v, "display_name")->set) {
        struct query *q = request_sql(rq, RENAME);
        fields_bind(rq, q, &v, NULL);
        query_run(q);
    }
    return put_me(rq);
}

/* --- consent --- */

#define AUDIENCE(field)                                                                                      \
    {                                                                                                        \
        field, FIELD_ENUM, .values = "none team event", .preset = "none"                                     \
    }

enum { SHOWN_FIELDS = 7 };

static const struct field consent_fields[] = {
    AUDIENCE("display_name"),
    AUDIENCE("organization"),
    AUDIENCE("agency_type"),
    AUDIENCE("team"),
    AUDIENCE("role_label"),
    AUDIENCE("email"),
    AUDIENCE("phone"),
    {"text_version", FIELD_TEXT, 0, 1, 40, .preset = "1"},
    {"expires_at", FIELD_TIME, FIELD_NULLABLE},
    {0},
};

static const int64_t DAY = INT64_C(86400000);
enum { KEPT_DAYS = 7, LONGEST_DAYS = 400 };

/* Until a week after the event; who agrees when it is over agrees to a week from now. */
static enum err expiry(struct request *rq, const struct value *asked, int64_t event_ends, int64_t *out)
{
    int64_t latest = rq->now + LONGEST_DAYS * DAY;
    *out = (event_ends > rq->now ? event_ends : rq->now) + KEPT_DAYS * DAY;
    if (!asked->text.ptr && *out > latest)
        *out = latest;
    if (asked->text.ptr)
        *out = asked->integer;
    if (*out <= rq->now)
        invalid(rq, "/expires_at", "must be in the future");
    if (*out > latest)
        invalid(rq, "/expires_at", "must be within %d days", LONGEST_DAYS);
    return invalid_result(rq);
}

static void agree(struct request *rq, struct str attendee, const struct values *v, int64_t expires)
{
    struct query *q = request_sql(rq, WITHDRAW);
    query_text(q, ":attendee_id", attendee);
    query_run(q);
    q = request_sql(rq, LISTED);
    query_text(q, ":attendee_id", attendee);
    query_int(q, ":listed", !str_is(fields_get(v, "display_name")->text, "none"));
    query_run(q);
    for (int i = 0; i < SHOWN_FIELDS; i++) {
        if (str_is(v->v[i].text, "none"))
            continue;
        q = request_sql(rq, AGREE);
        query_text(q, ":attendee_id", attendee);
        query_text(q, ":field", str_of(consent_fields[i].name));
        query_text(q, ":audience", v->v[i].text);
        query_text(q, ":text_version", fields_get(v, "text_version")->text);
        query_int(q, ":expires_at", expires);
        query_run(q);
    }
}

static enum err put_consent(struct request *rq)
{
    struct values v;
    int64_t expires;
    enum err err = fields_read(rq, consent_fields, rq->json, false, &v);
    if (err != ERR_OK)
        return err;
    struct query *q = request_sql(rq, CONSENTING); /* stays on its row, whose id is used below */
    if (!query_row(q))
        return fail(rq, ERR_CONFLICT,
                    "say first which attendee you are: join with your personal code, or claim it");
    err = expiry(rq, fields_get(&v, "expires_at"), query_get_int(q, 1), &expires);
    if (err != ERR_OK)
        return err;
    agree(rq, query_get_text(q, 0), &v, expires);
    return put_me(rq);
}

/* --- claim --- */

static const struct field claim_fields[] = {
    {"attendee_id", FIELD_ID, FIELD_REQUIRED},
    {0},
};

static enum err claim(struct request *rq)
{
    struct values v;
    enum err err = fields_read(rq, claim_fields, rq->json, false, &v);
    if (err != ERR_OK)
        return err;
    struct query *q = request_sql(rq, CLAIMABLE);
    fields_bind(rq, q, &v, NULL);
    if (!query_row(q))
        return fail(rq, ERR_NOT_FOUND, "there is no such attendee");
    struct str by = query_get_text(q, 0), mine = query_get_text(q, 1);
    if (by.ptr && !str_is(by, rq->who.participant))
        return fail(rq, ERR_CONFLICT, "someone else has claimed this attendee: ask an organizer");
    if (mine.ptr && !str_eq(mine, fields_get(&v, "attendee_id")->text))
        return fail(rq, ERR_CONFLICT, "you have claimed another attendee: ask an organizer");
    q = request_sql(rq, CLAIM);
    fields_bind(rq, q, &v, NULL);
    query_run(q);
    return put_me(rq);
}

static const struct route routes[] = {
    {METHOD_GET, "/v1/me", "getMe", ACCESS_PARTICIPANT, TX_READ, put_me, .flags = ROUTE_TIMED},
    {METHOD_PATCH, "/v1/me", "updateMe", ACCESS_PARTICIPANT, TX_WRITE, update_me, .body = BODY_JSON},
    {METHOD_PUT, "/v1/me/consent", "putConsent", ACCESS_PARTICIPANT, TX_WRITE, put_consent,
     .body = BODY_JSON},
    {METHOD_POST, "/v1/me/claim", "claimAttendee", ACCESS_PARTICIPANT, TX_WRITE, claim, .body = BODY_JSON},
    {0},
};

static const char *const due[] = {LAPSE, NULL};

const struct feature feature_me = {
    .name = "me", .reads = "attendees organizations teams", .routes = routes, .sql = sql, .due = due};
