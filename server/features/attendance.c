#include "features/attendance.h"

#include "features/collection.h"

static const char SESSION[] = "SELECT 1 FROM sessions WHERE id = :id AND event_id = :event";
static const char LIST[] = ATTENDANCE(
    "s.id = :id",
    "1 = 1") "SELECT a.id, a.display_name, a.team_id, t.minutes, t.first_in AS \"first_in:time\","
             " t.last_out AS \"last_out:time\", a.sort_name AS _key FROM attendees a CROSS JOIN attended t"
             " WHERE t.attendee_id = a.id AND a.event_id = :event"
             " AND (a.sort_name, a.id) > (:after_key, :after_id) ORDER BY a.sort_name, a.id LIMIT :limit";

static const char *const sql[] = {SESSION, LIST, NULL};

static enum err list_attendance(struct request *rq)
{
    if (!query_row(request_sql_id(rq, SESSION)))
        return fail(rq, ERR_NOT_FOUND, "there is no such session");
    return collection_page(rq, request_sql_id(rq, LIST), KEY_TEXT);
}

static const struct route routes[] = {
    {METHOD_GET, "/v1/events/{event}/sessions/{id}/attendance", "listAttendance", ACCESS_HOST, TX_READ,
     list_attendance, .query = "limit cursor", .vary = VARY_ROLE, .flags = ROUTE_AUDITED},
    {0},
};

const struct feature feature_attendance = {
    .name = "attendance", .reads = "check_ins attendees sessions", .routes = routes, .sql = sql};
