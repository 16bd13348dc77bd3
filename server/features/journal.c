#include "features/journal.h"

#define OWN "worksheet_id = :worksheet_id AND (:team IS NULL OR team_id = :team)"

static const char ADD[] =
    "INSERT INTO item_revisions (seq, id, worksheet_id, team_id, item_id, kind, verdict, prompt_id, text,"
    " owner, due, done, order_key, participant_id, device_id, at, state, base)"
    " VALUES (:seq, :revision_id, :worksheet_id, :team_id, :id, :kind, :verdict, :prompt_id, :text, :owner,"
    " :due, :done, :order_key, :participant, :device, :now, :state, :base)";
static const char REFUSED[] =
    "SELECT 1 FROM item_revisions WHERE item_id = :id AND state = :state AND verdict = :verdict"
    " AND order_key = :order_key AND participant_id IS NOT DISTINCT FROM :participant AND " OWN " LIMIT 1";
/* A late edit counts once the team has taken it in. Whoever has seen a state that is newer changes back, but
 * for the first time only. */
static const char WAS[] =
    "SELECT 1 FROM item_revisions r WHERE item_id = :id AND state = :state"
    " AND (verdict IN ('accepted', 'merged', 'forked') OR taken_at IS NOT NULL)"
    " AND (:order_key IS NULL OR order_key = :order_key) AND " OWN
    " AND (:base IS NULL OR base = :base OR NOT EXISTS (SELECT 1 FROM item_revisions n WHERE n.item_id = :id"
    " AND n.state = :base AND n.verdict = 'accepted' AND n.seq > r.seq)) LIMIT 1";

static const char HAD[] = "SELECT 1 FROM item_revisions WHERE item_id = :id AND text = :text"
                          " AND verdict = 'accepted' AND " OWN " LIMIT 1";

const char *const journal_sql[] = {ADD, REFUSED, WAS, HAD, NULL};

static struct str or_empty(struct str s)
{
    return s.ptr ? s : STR("");
}

int64_t journal_add(struct conn *c, const struct revision *r)
{
    char id[UUID_TEXT], state[ITEM_STATE], base[ITEM_STATE];
    int64_t seq = conn_next_seq(c);
    struct query *q = query_get(c, ADD);
    uuid_v7(id);
    item_state(r->item, state);
    query_int(q, ":seq", seq);
    query_text(q, ":revision_id", str_of(id));
    query_text(q, ":worksheet_id", r->worksheet);
    query_text(q, ":team_id", r->team);
    query_text(q, ":id", r->id);
    query_text(q, ":kind", str_of(r->kind));
    query_text(q, ":verdict", str_of(r->verdict));
    query_text(q, ":prompt_id", or_empty(r->item->prompt));
    query_text(q, ":text", or_empty(r->item->text));
    query_text(q, ":owner", r->item->owner);
    query_text(q, ":due", r->item->due);
    query_int(q, ":done", r->item->done);
    query_text(q, ":order_key", or_empty(r->item->order_key));
    query_text(q, ":state", str_of(state));
    if (r->base) {
        item_state(r->base, base);
        query_text(q, ":base", str_of(base));
    }
    query_run(q);
    return seq;
}

bool journal_has_refused(struct conn *c, const struct revision *r)
{
    char state[ITEM_STATE];
    struct query *q = query_get(c, REFUSED);
    item_state(r->item, state);
    query_text(q, ":id", r->id);
    query_text(q, ":worksheet_id", r->worksheet);
    query_text(q, ":state", str_of(state));
    query_text(q, ":verdict", str_of(r->verdict));
    query_text(q, ":order_key", or_empty(r->item->order_key));
    return query_row(q);
}

bool journal_has(struct conn *c, struct str worksheet, struct str id, const struct item *base,
                 const struct item *item)
{
    char state[ITEM_STATE], seen[ITEM_STATE];
    struct query *q = query_get(c, WAS);
    item_state(item, state);
    if (base) {
        item_state(base, seen);
        query_text(q, ":base", str_of(seen));
    }
    query_text(q, ":id", id);
    query_text(q, ":worksheet_id", worksheet);
    query_text(q, ":state", str_of(state));
    query_text(q, ":order_key", item->order_key);
    return query_row(q);
}

bool journal_had_text(struct conn *c, struct str worksheet, struct str id, struct str text)
{
    struct query *q = query_get(c, HAD);
    query_text(q, ":id", id);
    query_text(q, ":worksheet_id", worksheet);
    query_text(q, ":text", text);
    return query_row(q);
}
