/* The change feed: every write enters by the rows' words alone, nobody hears of what they never could see,
 * numbers rise in commit order, and one row that changes many documents gives each a number of its own. */
#include "db_fixture.h"

#include "db/feed.h"

static const char EVENT[] =
    "INSERT INTO events (id, slug, name, kind, starts_at, ends_at, zone, created_at, updated_at)"
    " VALUES ('e', 'event', 'Event', 'meeting', 0, 1, 'Etc/UTC', 0, 0)";
static const char ROOM[] =
    "INSERT INTO rooms (id, event_id, name, created_at, updated_at) VALUES (:id, 'e', :id, 0, 0)";
static const char RENAME[] = "UPDATE rooms SET name = name || 'x' WHERE id = :id";
static const char MOVE[] = "UPDATE rooms SET position = position + 1 WHERE id = :id";
static const char GONE[] = "DELETE FROM rooms WHERE id = :id";
static const char NO_EVENT[] = "DELETE FROM events";
static const char SHOW[] = "UPDATE events SET venue = 'open' WHERE id = 'e'";
static const char SEQ[] = "SELECT value FROM sequence";
static const char ENTRY[] =
    "SELECT seq, visible FROM feed WHERE scope = :scope AND collection = :collection AND doc_id = :id";
static const char DISTINCT[] = "SELECT count(*) - count(DISTINCT seq) FROM feed";

static const char *const feed_sql[] = {EVENT, ROOM, RENAME, MOVE,     GONE, NO_EVENT,
                                       SHOW,  SEQ,  ENTRY,  DISTINCT, NULL};
static const char *const *const feed_lists[] = {feed_sql, NULL};

/* Rooms whose name has an `x` are seen by all; organizers hear of every new name; when the event's venue
 * opens, all are seen. */
static const struct feed_source sources[] = {
    {"rooms", "rooms", "row.event_id || '/public'", "row.id", .visible = "row.name LIKE '%x'"},
    {"rooms", "rooms", "row.event_id || '/organizers'", "row.id", .columns = "name"},
    {"events", "rooms", "row.id || '/public'", "r.id", .visible = "row.venue IS NOT NULL",
     .from = "rooms r WHERE r.event_id = row.id"},
    {0},
};

static enum err run_one(struct conn *c, void *arg)
{
    const char *const *call = arg; /* SQL, id */
    struct query *q = query_get(c, call[0]);
    if (call[1])
        query_text(q, ":id", str_of(call[1]));
    return query_run(q) == STEP_DONE ? ERR_OK : ERR_CONFLICT;
}

static void run(struct fixture *f, const char *sql, const char *id)
{
    const char *call[] = {sql, id};
    assert_int_equal(db_write(f->db, NULL, run_one, call), ERR_OK);
}

static int64_t sequence(struct fixture *f)
{
    struct conn *c = db_read_begin(f->db, NULL);
    struct query *q = query_get(c, SEQ);
    assert_true(query_row(q));
    int64_t seq = query_get_int(q, 0);
    db_read_end(c);
    return seq;
}

/* 0 when the scope has no entry; else the number, negative when the document is not visible there. */
static int64_t entry(struct fixture *f, const char *scope, const char *id)
{
    struct conn *c = db_read_begin(f->db, NULL);
    struct query *q = query_get(c, ENTRY);
    query_text(q, ":scope", str_of(scope));
    query_text(q, ":collection", STR("rooms"));
    query_text(q, ":id", str_of(id));
    int64_t seq = query_row(q) ? query_get_int(q, 0) * (query_get_int(q, 1) ? 1 : -1) : 0;
    db_read_end(c);
    return seq;
}

static int begin(void **state)
{
    static const struct feed_source *const feeds[] = {sources, NULL};
    if (start_with(state, feed_lists))
        return -1;
    struct fixture *f = *state;
    close_db(f);
    f->db = db_open(
        &(struct db_options){
            .path = f->path, .readers = 2, .read_deadline_ms = 100, .feeds = feeds, .sql = feed_lists},
        f->why);
    if (!f->db)
        return -1;
    run(f, EVENT, NULL);
    return 0;
}

static void what_was_never_seen_is_never_heard_of(void **state)
{
    struct fixture *f = *state;
    run(f, ROOM, "one");
    assert_int_equal(entry(f, "e/public", "one"), 0);
    assert_true(entry(f, "e/organizers", "one") > 0);
    run(f, RENAME, "one"); /* now it ends in x */
    int64_t seen = entry(f, "e/public", "one");
    assert_true(seen > 0);
    assert_true(seen <= sequence(f));
}

static void an_update_of_other_columns_is_no_news(void **state)
{
    struct fixture *f = *state;
    run(f, ROOM, "one");
    int64_t before = entry(f, "e/organizers", "one");
    run(f, MOVE, "one");
    assert_int_equal(entry(f, "e/organizers", "one"), before);
    run(f, RENAME, "one");
    assert_true(entry(f, "e/organizers", "one") > before);
}

static void what_goes_leaves_a_tombstone_where_it_was_seen(void **state)
{
    struct fixture *f = *state;
    run(f, ROOM, "seen-x");
    run(f, ROOM, "unseen");
    run(f, GONE, "seen-x");
    run(f, GONE, "unseen");
    assert_true(entry(f, "e/public", "seen-x") < 0);
    assert_int_equal(entry(f, "e/public", "unseen"), 0);
    assert_true(entry(f, "e/organizers", "unseen") < 0);
}

static void cascades_are_heard_of_too(void **state)
{
    struct fixture *f = *state;
    run(f, ROOM, "one-x");
    run(f, NO_EVENT, NULL);
    assert_true(entry(f, "e/public", "one-x") < 0);
}

static void one_row_may_change_many_documents(void **state)
{
    struct fixture *f = *state;
    char name[16];
    for (int i = 0; i < 20; i++) {
        snprintf(name, sizeof name, "r%d", i);
        run(f, ROOM, name);
    }
    run(f, SHOW, NULL);
    for (int i = 0; i < 20; i++) {
        snprintf(name, sizeof name, "r%d", i);
        assert_true(entry(f, "e/public", name) > 0);
        assert_true(entry(f, "e/public", name) <= sequence(f));
    }
    struct conn *c = db_read_begin(f->db, NULL);
    struct query *q = query_get(c, DISTINCT);
    assert_true(query_row(q));
    assert_int_equal(query_get_int(q, 0), 0); /* a page may end between any two */
    db_read_end(c);
}

struct heard {
    int times;
    int64_t seq;
};

static void hear(void *arg, struct str scope, int64_t seq)
{
    struct heard *h = arg;
    if (str_is(scope, "e/organizers"))
        *h = (struct heard){h->times + 1, seq};
}

static void a_commit_names_its_scopes_before_it_is_answered(void **state)
{
    struct fixture *f = *state;
    struct heard heard = {0};
    assert_true(db_on_change(f->db, hear, &heard) >= 0);
    run(f, ROOM, "one");
    assert_int_equal(heard.times, 1);
    assert_int_equal(heard.seq, entry(f, "e/organizers", "one"));
    run(f, MOVE, "one");
    assert_int_equal(heard.times, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_never_seen_is_never_heard_of, begin, tear_down),
        cmocka_unit_test_setup_teardown(an_update_of_other_columns_is_no_news, begin, tear_down),
        cmocka_unit_test_setup_teardown(what_goes_leaves_a_tombstone_where_it_was_seen, begin, tear_down),
        cmocka_unit_test_setup_teardown(cascades_are_heard_of_too, begin, tear_down),
        cmocka_unit_test_setup_teardown(one_row_may_change_many_documents, begin, tear_down),
        cmocka_unit_test_setup_teardown(a_commit_names_its_scopes_before_it_is_answered, begin, tear_down),
    };
    return cmocka_run_group_tests_name("feed", tests, NULL, NULL);
}
