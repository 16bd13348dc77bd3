#include "features/items.h"

#include "base/uuid.h"
#include "features/order_key.h"

enum { ROW_SIZE = 200 }; /* what an item takes beside its texts, about */

static const char FIND[] =
    "SELECT w.team_id, w.state, w.size, p.id, i.worksheet_id, i.deleted, i.prompt_id, i.text, i.owner, "
    "i.due, i.done,"
    " i.order_key FROM worksheets w"
    " LEFT JOIN prompts p ON p.id = :prompt_id AND p.template_id = w.template_id"
    " LEFT JOIN items i ON i.id = :id"
    " WHERE w.id = :worksheet_id AND w.event_id = :event AND (:team IS NULL OR w.team_id = :team)";
static const char CREATED[] = /* was it made just so? */
    "SELECT 1 FROM item_revisions WHERE item_id = :id AND worksheet_id = :worksheet_id AND (:team IS NULL OR "
    "team_id = :team)"
    " AND kind = 'create' AND verdict = 'accepted' AND prompt_id = :prompt_id AND text = :text"
    " AND owner IS NOT DISTINCT FROM :owner AND due IS NOT DISTINCT FROM :due AND done = :done";
static const char LAST[] =
    "SELECT order_key FROM items WHERE worksheet_id = :worksheet_id AND prompt_id = :prompt_id"
    " AND (:team IS NULL OR team_id = :team) ORDER BY order_key DESC LIMIT 1";
static const char FIRST[] =
    "SELECT order_key FROM items WHERE worksheet_id = :worksheet_id AND prompt_id = :prompt_id"
    " AND (:team IS NULL OR team_id = :team) ORDER BY order_key LIMIT 1";
/* Removed items keep their place, so that one may still be put behind them. */
static const char BEHIND[] = "SELECT order_key FROM items WHERE id = :behind AND worksheet_id = :worksheet_id"
                             " AND prompt_id = :prompt_id AND (:team IS NULL OR team_id = :team)";
static const char NEXT[] =
    "SELECT order_key FROM items WHERE worksheet_id = :worksheet_id AND prompt_id = :prompt_id"
    " AND order_key > :order_key AND (:team IS NULL OR team_id = :team) ORDER BY order_key LIMIT 1";
static const char JOURNAL[] =
    "INSERT INTO item_revisions (seq, id, worksheet_id, team_id, item_id, kind, verdict, prompt_id, text, "
    "owner, due, done,"
    " order_key, participant_id, device_id, at) VALUES (:seq, :revision_id, :worksheet_id, :team_id, :id, "
    ":kind, :verdict,"
    " :prompt_id, :text, :owner, :due, :done, :order_key, :participant, :device, :now)";
static const char INSERT[] = "INSERT INTO items (id, worksheet_id, team_id, prompt_id, text, owner, due, "
                             "done, order_key, author, updated_by, updated_at,"
                             " seq) VALUES (:id, :worksheet_id, :team_id, :prompt_id, :text, :owner, :due, "
                             ":done, :order_key, :participant, :participant,"
                             " :now, :seq) RETURNING " ITEM_COLUMNS;
static const char UPDATE[] = "UPDATE items SET text = :text, owner = :owner, due = :due, done = :done, "
                             "order_key = :order_key, deleted = :deleted,"
                             " updated_by = :participant, updated_at = :now, seq = :seq"
                             " WHERE id = :id AND worksheet_id = :worksheet_id AND (:team IS NULL OR team_id "
                             "= :team) RETURNING " ITEM_COLUMNS;
static const char TOUCH[] =
    "UPDATE worksheets SET seq = :seq, size = size + :growth, last_write_at = :now"
    " WHERE id = :worksheet_id AND event_id = :event AND (:team IS NULL OR team_id = :team)";
static const char GET[] = "SELECT " ITEM_COLUMNS " FROM items WHERE id = :id AND worksheet_id = :worksheet_id"
                          " AND (:team IS NULL OR team_id = :team)";

const char ITEM_DOCUMENT[] =
    "SELECT i.id, i.worksheet_id, i.prompt_id, i.text, i.owner, i.due, i.done AS \"done:bool\", i.order_key, "
    "i.author,"
    " i.updated_by, i.updated_at AS \"updated_at:time\", i.fork_of, i.seq FROM items i"
    " JOIN worksheets w ON w.id = i.worksheet_id WHERE i.id = :id AND w.event_id = :event AND i.deleted = 0"
    " AND (i.team_id = :team OR (:team IS NULL AND (w.state = 'submitted' OR w.shared = 1)))";

const char *const items_sql[] = {ITEM_DOCUMENT, FIND,   CREATED, LAST,  FIRST, BEHIND, NEXT,
                                 JOURNAL,       INSERT, UPDATE,  TOUCH, GET,   NULL};

/* What there is before the write. Texts are FIND's. */
struct found {
    struct str team;
    bool submitted, has_prompt;
    int64_t size;
    bool exists, here, removed; /* an item of that id; in this worksheet; a tombstone */
    struct item item;
};

static bool find(struct conn *c, const struct item_write *w, struct found *f)
{
    struct query *q = query_get(c, FIND);
    query_text(q, ":worksheet_id", w->worksheet);
    query_text(q, ":id", w->id);
    query_text(q, ":prompt_id", w->to.prompt);
    if (!query_row(q))
        return false;
    *f = (struct found){
        .team = query_get_text(q, 0),
        .submitted = str_is(query_get_text(q, 1), "submitted"),
        .size = query_get_int(q, 2),
        .has_prompt = !query_is_null(q, 3),
        .exists = !query_is_null(q, 4),
        .here = str_eq(query_get_text(q, 4), w->worksheet),
        .removed = query_get_int(q, 5) != 0,
    };
    if (f->here)
        f->item = (struct item){
            .prompt = query_get_text(q, 6),
            .text = query_get_text(q, 7),
            .owner = query_get_text(q, 8),
            .due = query_get_text(q, 9),
            .done = query_get_int(q, 10) != 0,
            .order_key = query_get_text(q, 11),
        };
    return w->kind == ITEM_CREATE || (f->here && !f->removed);
}

/* The item as the writer wants it: an edit speaks of some fields only. */
static struct item wanted(const struct item_write *w, const struct found *f)
{
    struct item item = w->kind == ITEM_CREATE ? w->to : f->item;
    if (w->kind != ITEM_EDIT)
        return item;
    if (w->set & ITEM_TEXT)
        item.text = w->to.text;
    if (w->set & ITEM_OWNER)
        item.owner = w->to.owner;
    if (w->set & ITEM_DUE)
        item.due = w->to.due;
    if (w->set & ITEM_DONE)
        item.done = w->to.done;
    return item;
}

/* --- order --- */

static struct str neighbour(struct conn *c, const char *sql, const struct item_write *w, struct str prompt,
                            const char *name, struct str value)
{
    struct query *q = query_get(c, sql);
    query_text(q, ":worksheet_id", w->worksheet);
    query_text(q, ":prompt_id", prompt);
    if (name)
        query_text(q, name, value);
    return query_row(q) ? query_get_text(q, 0) : (struct str){0};
}

/* The order key of the place that the writer wants; false when there is no such place. */
static bool put_in_order(struct conn *c, const struct item_write *w, struct item *item,
                         char key[ORDER_KEY_MAX + 1])
{
    struct str none = {0}, before = none, after = none;
    if (w->kind != ITEM_CREATE && w->place == PLACE_KEEP)
        return true;
    if (w->place == PLACE_KEEP) {
        before = neighbour(c, LAST, w, item->prompt, NULL, none);
    } else if (w->place == PLACE_FIRST) {
        after = neighbour(c, FIRST, w, item->prompt, NULL, none);
    } else {
        before =
            str_eq(w->behind, w->id) ? none : neighbour(c, BEHIND, w, item->prompt, ":behind", w->behind);
        if (!before.ptr)
            return false;
        after = neighbour(c, NEXT, w, item->prompt, ":order_key", before);
    }
    order_key_between(before, after, key);
    item->order_key = str_of(key);
    return true;
}

/* --- the judgement --- */

static bool same_text(struct str a, struct str b)
{
    return !a.ptr == !b.ptr && str_eq(a, b);
}

static bool same(const struct item *a, const struct item *b)
{
    return str_eq(a->prompt, b->prompt) && str_eq(a->text, b->text) && same_text(a->owner, b->owner) &&
           same_text(a->due, b->due) && a->done == b->done;
}

static void bind_item(struct query *q, const struct item *item)
{
    query_text(q, ":text", item->text);
    query_text(q, ":owner", item->owner);
    query_text(q, ":due", item->due);
    query_int(q, ":done", item->done);
}

static bool was_created_so(struct conn *c, const struct item_write *w)
{
    struct query *q = query_get(c, CREATED);
    query_text(q, ":worksheet_id", w->worksheet);
    query_text(q, ":id", w->id);
    query_text(q, ":prompt_id", w->to.prompt);
    bind_item(q, &w->to);
    return query_row(q);
}

static int64_t size_of(const struct item *item)
{
    return (int64_t)(item->text.len + item->owner.len) + ROW_SIZE;
}

/* Bytes by which the write makes the worksheet larger. */
static int64_t growth(const struct item_write *w, const struct found *f, const struct item *to)
{
    return (w->kind == ITEM_DELETE ? 0 : size_of(to)) - (w->kind == ITEM_CREATE ? 0 : size_of(&f->item));
}

/* A repeat of what was accepted is no news, even when the worksheet has been submitted since. */
static enum item_verdict judge(struct conn *c, const struct item_write *w, const struct found *f,
                               const struct item *to, bool placed)
{
    if (w->kind == ITEM_CREATE && f->exists) {
        if (f->here && !f->removed && same(to, &f->item))
            return ITEM_SAME;
        if (f->here && was_created_so(c, w))
            return f->removed ? ITEM_REMOVED : ITEM_STALE;
        return ITEM_TAKEN;
    }
    if (w->kind == ITEM_EDIT && w->place == PLACE_KEEP && same(to, &f->item))
        return ITEM_SAME;
    if (f->submitted)
        return ITEM_LATE;
    if (w->kind == ITEM_CREATE && !f->has_prompt)
        return ITEM_NO_PROMPT;
    if (!placed)
        return ITEM_NO_PLACE;
    int64_t more = growth(w, f, to);
    return more > 0 && f->size + more > WORKSHEET_MAX ? ITEM_FULL : ITEM_ACCEPTED;
}

/* --- the journal, and the write --- */

static const char *verdict_text(enum item_verdict verdict)
{
    switch (verdict) {
    case ITEM_ACCEPTED:
        return "accepted";
    case ITEM_STALE:
    case ITEM_REMOVED:
        return "stale";
    case ITEM_LATE:
        return "late";
    default:
        return "denied";
    }
}

static void journal(struct conn *c, const struct item_write *w, const struct found *f, const struct item *to,
                    enum item_verdict verdict, int64_t seq)
{
    static const char *const kinds[] = {
        [ITEM_CREATE] = "create", [ITEM_EDIT] = "edit", [ITEM_DELETE] = "delete"};
    char id[UUID_TEXT];
    struct query *q = query_get(c, JOURNAL);
    uuid_v7(id);
    query_int(q, ":seq", seq);
    query_text(q, ":revision_id", str_of(id));
    query_text(q, ":worksheet_id", w->worksheet);
    query_text(q, ":team_id", f->team);
    query_text(q, ":id", w->id);
    query_text(q, ":kind", str_of(kinds[w->kind]));
    query_text(q, ":verdict", str_of(verdict_text(verdict)));
    query_text(q, ":prompt_id", to->prompt);
    bind_item(q, to);
    query_text(q, ":order_key", to->order_key.ptr ? to->order_key : STR(""));
    query_run(q);
}

static void apply(struct conn *c, const struct item_write *w, const struct found *f, const struct item *to,
                  int64_t seq, const struct zone *zone, struct buf *out)
{
    struct query *q = query_get(c, w->kind == ITEM_CREATE ? INSERT : UPDATE);
    query_int(q, ":seq", seq);
    query_text(q, ":id", w->id);
    query_text(q, ":worksheet_id", w->worksheet);
    bind_item(q, to);
    query_text(q, ":order_key", to->order_key);
    if (w->kind == ITEM_CREATE) {
        query_text(q, ":team_id", f->team);
        query_text(q, ":prompt_id", to->prompt);
    } else {
        query_int(q, ":deleted", w->kind == ITEM_DELETE);
    }
    if (query_row(q)) {
        if (w->kind != ITEM_DELETE)
            item_json(q, zone, out);
        query_run(q); /* to the end: RETURNING runs when it is done */
    }
    q = query_get(c, TOUCH);
    query_int(q, ":seq", seq);
    query_int(q, ":growth", growth(w, f, to));
    query_text(q, ":worksheet_id", w->worksheet);
    query_run(q);
}

static void put_stored(struct conn *c, const struct item_write *w, const struct zone *zone, struct buf *out)
{
    struct query *q = query_get(c, GET);
    query_text(q, ":id", w->id);
    query_text(q, ":worksheet_id", w->worksheet);
    if (query_row(q))
        item_json(q, zone, out);
}

enum item_verdict item_write(struct conn *c, const struct item_write *w, const struct zone *zone,
                             struct buf *out)
{
    struct found found;
    char key[ORDER_KEY_MAX + 1];
    if (!find(c, w, &found))
        return ITEM_UNKNOWN;
    struct item to = wanted(w, &found);
    bool placed = put_in_order(c, w, &to, key);
    enum item_verdict verdict = judge(c, w, &found, &to, placed);
    int64_t seq = verdict == ITEM_SAME ? 0 : conn_next_seq(c);
    if (verdict != ITEM_SAME)
        journal(c, w, &found, &to, verdict, seq);
    if (verdict == ITEM_ACCEPTED)
        apply(c, w, &found, &to, seq, zone, out);
    else if (verdict == ITEM_SAME || verdict == ITEM_STALE)
        put_stored(c, w, zone, out);
    return verdict;
}

void item_json(struct query *q, const struct zone *zone, struct buf *out)
{
    struct str fork_of = query_get_text(q, query_columns(q) - 1);
    buf_char(out, '{');
    query_json_members(q, out, zone);
    if (fork_of.ptr) {
        buf_puts(out, ",\"fork_of\":");
        buf_json(out, fork_of);
    }
    buf_char(out, '}');
}
