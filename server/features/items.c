#include "features/items.h"

#include "features/journal.h"
#include "features/order_key.h"
#include "features/redacted.h"

enum { ROW_SIZE = 200 }; /* what an item takes beside its texts, about */

#define OWN "worksheet_id = :worksheet_id AND (:team IS NULL OR team_id = :team)"

static const char FIND[] =
    "SELECT w.team_id, w.state, w.size, p.id, i.worksheet_id, i.deleted, i.prompt_id, i.text, i.owner, i.due,"
    " i.done, i.order_key, i.seq FROM worksheets w"
    " LEFT JOIN prompts p ON p.id = :prompt_id AND p.template_id = w.template_id"
    " LEFT JOIN items i ON i.id = :id"
    " WHERE w.id = :worksheet_id AND w.event_id = :event AND (:team IS NULL OR w.team_id = :team)";
static const char LAST[] =
    "SELECT order_key FROM items WHERE prompt_id = :prompt_id AND " OWN " ORDER BY order_key DESC LIMIT 1";
static const char FIRST[] =
    "SELECT order_key FROM items WHERE prompt_id = :prompt_id AND " OWN " ORDER BY order_key LIMIT 1";
/* Removed items keep their place, so that one may still be put behind them. */
static const char BEHIND[] =
    "SELECT order_key FROM items WHERE id = :behind AND prompt_id = :prompt_id AND " OWN;
static const char NEXT[] = "SELECT order_key FROM items WHERE prompt_id = :prompt_id"
                           " AND order_key > :order_key AND " OWN " ORDER BY order_key LIMIT 1";
static const char INSERT[] =
    "INSERT INTO items (id, worksheet_id, team_id, prompt_id, text, owner, due, done, order_key, author,"
    " updated_by, updated_at, fork_of, seq) VALUES (:id, :worksheet_id, :team_id, :prompt_id, :text, :owner,"
    " :due, :done, :order_key, :participant, :participant, :now, :fork_of, :seq)";
static const char UPDATE[] =
    "UPDATE items SET prompt_id = :prompt_id, text = :text, owner = :owner, due = :due, done = :done,"
    " order_key = :order_key, deleted = :deleted, updated_by = :participant, updated_at = :now, seq = :seq"
    " WHERE id = :id AND " OWN;
static const char TOUCH[] =
    "UPDATE worksheets SET seq = :seq, size = size + :growth, last_write_at = :now"
    " WHERE id = :worksheet_id AND event_id = :event AND (:team IS NULL OR team_id = :team)";
static const char GET[] = "SELECT " ITEM_COLUMNS " FROM items WHERE id = :id AND " OWN;

const char ITEM_DOCUMENT[] =
    "SELECT i.id, i.worksheet_id, i.prompt_id, i.text, i.owner, i.due, i.done AS \"done:bool\", i.order_key, "
    "i.author,"
    " i.updated_by, i.updated_at AS \"updated_at:time\", i.fork_of, i.seq FROM items i"
    " JOIN worksheets w ON w.id = i.worksheet_id WHERE i.id = :id AND w.event_id = :event AND i.deleted = 0"
    " AND (i.team_id = :team OR (:team IS NULL AND (w.state = 'submitted' OR w.shared = 1)))";

const char *const items_sql[] = {ITEM_DOCUMENT, FIND,   LAST,  FIRST, BEHIND, NEXT,
                                 INSERT,        UPDATE, TOUCH, GET,   NULL};

/* A write on its way. Texts of what is stored are FIND's. */
struct call {
    struct conn *conn;
    const struct item_write *w;
    struct str team;
    bool submitted, has_prompt;
    int64_t size;
    bool exists, here;       /* an item of that id; in this worksheet */
    struct item stored;      /* when it is here */
    struct item to;          /* what the writer wants it to be */
    const struct item *base; /* what the writer had seen; NULL: nothing */
    struct item then;        /* `base`, when what was redacted since is taken out of it */
    char key[ORDER_KEY_MAX + 1];
};

static bool find(struct call *x)
{
    struct query *q = query_get(x->conn, FIND);
    query_text(q, ":worksheet_id", x->w->worksheet);
    query_text(q, ":id", x->w->id);
    query_text(q, ":prompt_id", x->w->to.prompt);
    if (!query_row(q))
        return false;
    x->team = query_get_text(q, 0);
    x->submitted = str_is(query_get_text(q, 1), "submitted");
    x->size = query_get_int(q, 2);
    x->has_prompt = !query_is_null(q, 3);
    x->exists = !query_is_null(q, 4);
    x->here = str_eq(query_get_text(q, 4), x->w->worksheet);
    if (x->here)
        x->stored = (struct item){
            .deleted = query_get_int(q, 5) != 0,
            .prompt = query_get_text(q, 6),
            .text = query_get_text(q, 7),
            .owner = query_get_text(q, 8),
            .due = query_get_text(q, 9),
            .done = query_get_int(q, 10) != 0,
            .order_key = query_get_text(q, 11),
            .seq = query_get_int(q, 12),
        };
    return x->w->kind == ITEM_CREATE || x->w->kind == ITEM_PUT || (x->here && !x->stored.deleted);
}

/* The item as the writer wants it, and what they had seen of it. */
static void want(struct call *x)
{
    const struct item_write *w = x->w;
    bool whole = w->kind == ITEM_CREATE || (w->kind == ITEM_PUT && !w->to.deleted);
    x->to = whole ? w->to : x->stored;
    x->to.deleted = w->kind == ITEM_DELETE || (w->kind == ITEM_PUT && w->to.deleted);
    x->base = w->kind == ITEM_PUT ? w->base : w->kind == ITEM_CREATE ? NULL : &x->stored;
    if (w->kind == ITEM_CREATE)
        x->to.order_key = (struct str){0};
    if (w->kind != ITEM_EDIT)
        return;
    if (w->set & ITEM_TEXT)
        x->to.text = w->to.text;
    if (w->set & ITEM_OWNER)
        x->to.owner = w->to.owner;
    if (w->set & ITEM_DUE)
        x->to.due = w->to.due;
    if (w->set & ITEM_DONE)
        x->to.done = w->to.done;
}

/* --- order --- */

static struct str neighbour(const struct call *x, const char *sql, const char *name, struct str value)
{
    struct query *q = query_get(x->conn, sql);
    query_text(q, ":worksheet_id", x->w->worksheet);
    query_text(q, ":prompt_id", x->to.prompt);
    if (name)
        query_text(q, name, value);
    return query_row(q) ? query_get_text(q, 0) : (struct str){0};
}

/* Gives `to` the order key of the place that the writer wants; false when there is no such place. */
static bool put_in_order(struct call *x)
{
    const struct item_write *w = x->w;
    struct str none = {0}, before = none, after = none;
    if (w->place == PLACE_KEEP && x->to.order_key.ptr)
        return true;
    if (w->place == PLACE_KEEP && x->here) {
        x->to.order_key = x->stored.order_key;
        return true;
    }
    if (w->place == PLACE_KEEP) {
        before = neighbour(x, LAST, NULL, none);
    } else if (w->place == PLACE_FIRST) {
        after = neighbour(x, FIRST, NULL, none);
    } else {
        before = str_eq(w->behind, w->id) ? none : neighbour(x, BEHIND, ":behind", w->behind);
        if (!before.ptr)
            return false;
        after = neighbour(x, NEXT, ":order_key", before);
    }
    order_key_between(before, after, x->key);
    x->to.order_key = str_of(x->key);
    return true;
}

/* --- the judgement --- */

static int64_t size_of(const struct item *item)
{
    return (int64_t)(item->text.len + item->owner.len) + ROW_SIZE;
}

/* Bytes by which the write makes the worksheet larger. */
static int64_t growth(const struct call *x, const struct item *to)
{
    return (to->deleted ? 0 : size_of(to)) - (x->here && !x->stored.deleted ? size_of(&x->stored) : 0);
}

static bool is_same(const struct call *x)
{
    if (!x->here)
        return x->to.deleted && !x->exists; /* removing what never came */
    return x->w->place == PLACE_KEEP && item_same(&x->to, &x->stored);
}

/* A text may be changed back to what it was; ticks and owners are too few to tell that from a replay. */
static bool is_replay(const struct call *x)
{
    bool types = x->base && !x->base->deleted && !x->to.deleted && !str_eq(x->base->text, x->to.text);
    return x->here && journal_has(x->conn, x->w->worksheet, x->w->id, types ? x->base : NULL, &x->to);
}

static enum item_verdict judge(struct call *x)
{
    bool creates = x->w->kind == ITEM_CREATE;
    bool seen = !x->here || (x->base && item_same(x->base, &x->stored));
    if (is_same(x))
        return ITEM_SAME;
    if (x->w->outdated)
        return ITEM_OUTDATED;
    if (!seen && is_replay(x))
#ifdef MUTANT_EMPTY_ON_REPLAY
        seen = true;
#else
        return creates && x->stored.deleted ? ITEM_REMOVED : ITEM_STALE;
#endif
    if (x->exists && (creates || !x->here))
        return ITEM_TAKEN;
    if (x->submitted)
        return ITEM_LATE;
    if (!x->to.deleted && !x->has_prompt && x->w->kind != ITEM_EDIT)
        return ITEM_NO_PROMPT;
    if (!put_in_order(x))
        return ITEM_NO_PLACE;
    int64_t more = growth(x, &x->to);
    if (more > 0 && x->size + more > WORKSHEET_MAX)
        return ITEM_FULL;
    return seen ? ITEM_ACCEPTED : ITEM_MERGED;
}

/* --- the journal, and the write --- */

static const char *verdict_text(enum item_verdict verdict)
{
    switch (verdict) {
    case ITEM_ACCEPTED:
        return "accepted";
    case ITEM_MERGED:
        return "merged";
    case ITEM_FORKED:
        return "forked";
    case ITEM_STALE:
    case ITEM_REMOVED:
    case ITEM_OUTDATED:
        return "stale";
    case ITEM_LATE:
        return "late";
    default:
        return "denied";
    }
}

static struct revision revision_of(const struct call *x, const struct item *item, enum item_verdict verdict)
{
    return (struct revision){
        .worksheet = x->w->worksheet,
        .team = x->team,
        .id = x->w->id,
        .kind = item->deleted ? "delete"
                : x->here     ? "edit"
                              : "create",
        .verdict = verdict_text(verdict),
        .item = item,
        .base = x->base,
    };
}

static void bind_item(struct query *q, const struct call *x, struct str id, const struct item *item,
                      int64_t seq)
{
    query_text(q, ":id", id);
    query_text(q, ":worksheet_id", x->w->worksheet);
    query_text(q, ":prompt_id", item->prompt);
    query_text(q, ":text", item->text);
    query_text(q, ":owner", item->owner);
    query_text(q, ":due", item->due);
    query_int(q, ":done", item->done);
    query_text(q, ":order_key", item->order_key);
    query_int(q, ":seq", seq);
}

static void insert(struct call *x, struct str id, const struct item *item, struct str fork_of, int64_t seq)
{
    struct query *q = query_get(x->conn, INSERT);
    bind_item(q, x, id, item, seq);
    query_text(q, ":team_id", x->team);
    query_text(q, ":fork_of", fork_of);
    query_run(q);
}

static void touch(struct call *x, int64_t more, int64_t seq)
{
    struct query *q = query_get(x->conn, TOUCH);
    query_int(q, ":seq", seq);
    query_int(q, ":growth", more);
    query_text(q, ":worksheet_id", x->w->worksheet);
    query_run(q);
}

/* The item becomes `item`, and the journal says so. */
static void apply(struct call *x, const struct item *item)
{
    struct revision r = revision_of(x, item, ITEM_ACCEPTED);
    int64_t seq = journal_add(x->conn, &r);
    if (x->here) {
        struct query *q = query_get(x->conn, UPDATE);
        bind_item(q, x, x->w->id, item, seq);
        query_int(q, ":deleted", item->deleted);
        query_run(q);
    } else {
        insert(x, x->w->id, item, (struct str){0}, seq);
    }
    touch(x, growth(x, item), seq);
}

static bool is_there(struct call *x, struct str id)
{
    struct query *q = query_get(x->conn, GET);
    query_text(q, ":id", id);
    query_text(q, ":worksheet_id", x->w->worksheet);
    return query_row(q);
}

/* Did an earlier try of this write clash? Then its text has a sibling, or had one: whoever edits or removes
 * that has seen it. */
static bool has_sibling(struct call *x)
{
    char id[UUID_TEXT];
    item_fork_id(x->w->id, x->base, &x->to, id);
    return !x->to.deleted && is_there(x, str_of(id));
}

/* The text that lost becomes an item right behind. */
static void add_sibling(struct call *x, const struct item *merged)
{
    char id[UUID_TEXT], key[ORDER_KEY_MAX + 1];
    struct item sibling = x->to;
    struct revision r = revision_of(x, &sibling, ITEM_ACCEPTED);
    item_fork_id(x->w->id, x->base, &x->to, id);
    x->to.prompt = sibling.prompt = merged->prompt; /* neighbour() asks there */
    order_key_between(merged->order_key, neighbour(x, NEXT, ":order_key", merged->order_key), key);
    sibling.order_key = str_of(key);
    r.id = str_of(id);
    r.kind = "create";
    r.base = NULL;
    int64_t seq = journal_add(x->conn, &r);
    insert(x, str_of(id), &sibling, x->w->id, seq);
    touch(x, size_of(&sibling), seq);
}

static enum item_verdict merge(struct call *x)
{
    struct item merged, to = x->to;
    if (x->base && str_eq(x->base->text, to.text) &&
        !journal_had_text(x->conn, x->w->worksheet, x->w->id, to.text))
        x->base = NULL; /* seen in a database that a backup has replaced: the text is news here */
    bool no_text = str_is(x->to.text, REDACTED), again = !no_text && has_sibling(x);
    if (no_text || again)
        to.text = x->stored.text;
    bool clash = item_merge(x->base, &x->stored, &to, &merged);
    enum item_verdict verdict = clash || again ? ITEM_FORKED : ITEM_MERGED;
    struct revision typed = revision_of(x, &x->to, verdict);
    journal_add(x->conn, &typed);
    if ((no_text || again) && x->stored.deleted)
        return verdict;
    if (!item_same(&merged, &x->stored))
        apply(x, &merged);
    if (clash)
        add_sibling(x, &merged);
    return verdict;
}

bool item_read(struct conn *c, struct str worksheet, struct str id, const struct zone *zone, struct buf *out)
{
    struct query *q = query_get(c, GET);
    query_text(q, ":id", id);
    query_text(q, ":worksheet_id", worksheet);
    bool found = query_row(q);
    if (found)
        item_json(q, zone, out);
    return found;
}

/* A repeated refusal is one: a client may send it again for ever. */
static void journal_refused(struct call *x, enum item_verdict verdict)
{
    struct revision r = revision_of(x, &x->to, verdict);
    if (!journal_has_refused(x->conn, &r))
        journal_add(x->conn, &r);
}

/* A writer who does not know of a redaction brings neither the text back nor, with it, the owner; what else
 * they changed counts. True when that is so. */
static bool forget_redacted(struct call *x)
{
    if (!x->here || !redacted_has(x->conn, x->w->id, x->to.text))
        return false;
    x->to.text = STR(REDACTED);
    if (redacted_has(x->conn, x->w->id, x->to.owner))
        x->to.owner = (struct str){0};
    if (x->base && !x->base->deleted) {
        x->then = *x->base;
        x->then.text = x->to.text;
        if (redacted_has(x->conn, x->w->id, x->then.owner))
            x->then.owner = (struct str){0};
        x->base = &x->then;
    }
    return true;
}

enum item_verdict item_write(struct conn *c, const struct item_write *w, const struct zone *zone,
                             struct buf *out)
{
    struct call x = {.conn = c, .w = w};
    if (!find(&x))
        return ITEM_UNKNOWN;
    want(&x);
    enum item_verdict verdict = judge(&x);
    bool less = verdict != ITEM_SAME && forget_redacted(&x);
    if (less && verdict <= ITEM_MERGED)
        verdict = judge(&x); /* earlier tries were journalled so */
    if (verdict == ITEM_ACCEPTED)
        apply(&x, &x.to);
    else if (verdict == ITEM_MERGED)
        verdict = merge(&x);
    else if (verdict != ITEM_SAME)
        journal_refused(&x, verdict);
    if (out && w->kind != ITEM_DELETE && verdict <= ITEM_STALE)
        item_read(c, w->worksheet, w->id, zone, out);
    return less && verdict <= ITEM_SAME ? ITEM_MERGED : verdict;
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
