#include "features/staff.h"

#include "features/code_holder.h"

static const char CODE[] =
    "SELECT id, staff_generation, '" CODE_STAFF_LABEL "', NULL FROM events WHERE id = :event";
static const char BUMP[] = "UPDATE events SET staff_generation = staff_generation + 1 WHERE id = :event";
static const char END[] =
    "UPDATE devices SET revoked_at = :now WHERE revoked_at IS NULL AND participant_id IN"
    " (SELECT id FROM participants WHERE event_id = :event AND role = 'staff')";

static const char *const sql[] = {CODE, BUMP, END, NULL};

static const struct code_holder staff = {"event", CODE_STAFF, CODE, BUMP, END};

#define E "/v1/events/{event}"

static const struct route routes[] = {
    {METHOD_GET, E "/staff/code", "getStaffCode", ACCESS_HOST, TX_READ, code_holder_get, &staff,
     .vary = VARY_ROLE, .flags = ROUTE_AUDITED},
    {METHOD_POST, E "/staff/code/rotate", "rotateStaffCode", ACCESS_HOST, TX_WRITE, code_holder_rotate,
     &staff, .flags = ROUTE_AUDITED},
    {0},
};

const struct feature feature_staff = {.name = "staff", .routes = routes, .sql = sql};
