#include "features/features.h"

#include <stddef.h>

#include "features/admin.h"
#include "features/agenda.h"
#include "features/announcements.h"
#include "features/attendance.h"
#include "features/attendees.h"
#include "features/attendees_import.h"
#include "features/attendees_plan.h"
#include "features/audit.h"
#include "features/auth.h"
#include "features/badges.h"
#include "features/bookmarks.h"
#include "features/calendar.h"
#include "features/certificates.h"
#include "features/check_ins.h"
#include "features/collection.h"
#include "features/entries.h"
#include "features/event_page.h"
#include "features/events.h"
#include "features/exports.h"
#include "features/files.h"
#include "features/grant.h"
#include "features/import.h"
#include "features/item_marks.h"
#include "features/journal.h"
#include "features/late_edits.h"
#include "features/learning.h"
#include "features/me.h"
#include "features/operations.h"
#include "features/organizations.h"
#include "features/passwords.h"
#include "features/program.h"
#include "features/progress.h"
#include "features/redacted.h"
#include "features/redactions.h"
#include "features/report.h"
#include "features/representation.h"
#include "features/resources.h"
#include "features/retention.h"
#include "features/room_codes.h"
#include "features/rooms.h"
#include "features/schedule.h"
#include "features/session_changes.h"
#include "features/session_shift.h"
#include "features/sessions.h"
#include "features/sessions_import.h"
#include "features/sessions_plan.h"
#include "features/speakers.h"
#include "features/staff.h"
#include "features/submissions.h"
#include "features/synthesis.h"
#include "features/table_tents.h"
#include "features/teams.h"
#include "features/tracks.h"
#include "features/walk_ins.h"
#include "features/worksheet_items.h"
#include "features/worksheet_templates.h"
#include "features/worksheets.h"
#include "sync/presence.h"
#include "sync/pull.h"
#include "sync/push.h"
#include "sync/rejects.h"
#include "sync/sync.h"

/* What features share has SQL, too, and no routes. */
static const struct route no_routes[] = {{0}};
static const struct feature feature_collection = {
    .name = "collection", .routes = no_routes, .sql = collection_sql};
static const struct feature feature_grant = {.name = "grant", .routes = no_routes, .sql = grant_sql};
static const struct feature feature_agenda = {.name = "agenda", .routes = no_routes, .sql = agenda_sql};
static const struct feature feature_attendees_plan = {
    .name = "attendees_plan", .routes = no_routes, .sql = attendees_plan_sql};
static const struct feature feature_import = {.name = "import", .routes = no_routes, .sql = import_sql};
static const struct feature feature_sessions_import = {
    .name = "sessions_import", .routes = no_routes, .sql = sessions_import_sql};
static const struct feature feature_sessions_plan = {
    .name = "sessions_plan", .routes = no_routes, .sql = sessions_plan_sql};
static const struct feature feature_session_shift = {
    .name = "session_shift", .routes = no_routes, .sql = session_shift_sql};
static const struct feature feature_journal = {.name = "journal", .routes = no_routes, .sql = journal_sql};
static const struct feature feature_redacted = {.name = "redacted", .routes = no_routes, .sql = redacted_sql};
static const struct feature feature_push = {.name = "push", .routes = no_routes, .sql = push_sql};
static const struct feature feature_push_item = {
    .name = "push_item", .routes = no_routes, .sql = push_item_sql};
static const struct feature feature_rejects = {.name = "rejects", .routes = no_routes, .sql = rejects_sql};
static const struct feature feature_pull = {.name = "pull", .routes = no_routes, .sql = pull_sql};
static const struct feature feature_presence = {.name = "presence", .routes = no_routes, .sql = presence_sql};
static const struct feature feature_entries = {.name = "entries", .routes = no_routes, .sql = entries_sql};
static const struct feature feature_walk_ins = {.name = "walk_ins", .routes = no_routes, .sql = walk_ins_sql};
static const struct feature feature_learning = {.name = "learning", .routes = no_routes, .sql = learning_sql};
static const struct feature feature_report_parts = {
    .name = "report_parts", .routes = no_routes, .sql = report_parts_sql};
static const struct feature feature_files = {.name = "files", .routes = no_routes, .sql = files_sql};

const struct feature *const features[] = {
    &feature_operations,
    &feature_auth,
    &feature_passwords,
    &feature_admin,
    &feature_events,
    &feature_rooms,
    &feature_tracks,
    &feature_speakers,
    &feature_sessions,
    &feature_session_changes,
    &feature_session_shift,
    &feature_bookmarks,
    &feature_announcements,
    &feature_agenda,
    &feature_calendar,
    &feature_schedule,
    &feature_event_page,
    &feature_program,
    &feature_resources,
    &feature_files,
    &feature_organizations,
    &feature_teams,
    &feature_table_tents,
    &feature_staff,
    &feature_attendees,
    &feature_representation,
    &feature_me,
    &feature_worksheet_templates,
    &feature_worksheets,
    &feature_worksheet_items,
    &feature_submissions,
    &feature_late_edits,
    &feature_redactions,
    &feature_synthesis,
    &feature_item_marks,
    &feature_learning,
    &feature_progress,
    &feature_report,
    &feature_report_parts,
    &feature_sync,
    &feature_pull,
    &feature_push,
    &feature_push_item,
    &feature_rejects,
    &feature_journal,
    &feature_redacted,
    &feature_presence,
    &feature_collection,
    &feature_grant,
    &feature_audit,
    &feature_check_ins,
    &feature_attendance,
    &feature_room_codes,
    &feature_certificates,
    &feature_badges,
    &feature_entries,
    &feature_walk_ins,
    &feature_exports,
    &feature_retention,
    &feature_import,
    &feature_attendees_plan,
    &feature_sessions_import,
    &feature_sessions_plan,
    NULL,
};
