/* collection.h - what most features share: a thing with fields that is listed, read, made, changed and
 * removed.
 *
 * A feature describes itself: the SQL, the fields, what else must hold. The handlers here do the rest alike:
 * cursor pages, filters, repeatable POST, merge patch with If-Match.
 *
 * The SQL's conventions:
 *   list    columns as the API writes them, then `_key` (what it is ordered by); parameters :after_key,
 * :after_id, :limit, and one per filter of the route's `query`. Ends `… AND (k, id) > (:after_key, :after_id)
 * ORDER BY k, id LIMIT :limit`. get     the same columns for one :id, plus hidden ones (`_…`) that an update
 * copies. insert  :id, every field, :now.        update  :id, every field, :now; adds one to revision. delete
 * :id. Fields that an update does not receive are copied from get's columns of the same name.
 *
 * Threads: constant data. Tests: tests/api/
 */
#ifndef CONVENED_FEATURES_COLLECTION_H
#define CONVENED_FEATURES_COLLECTION_H

#include "http/fields.h"

enum cursor_key { KEY_TEXT, KEY_INT };

struct collection {
    const char *noun;           /* for sentences: "room" */
    const struct field *fields; /* without id and revision */
    const char *list, *get, *insert, *update, *remove;
    enum cursor_key key;
    /* What fields alone cannot say. Before insert (`current` NULL) and update; may add to the statement's
     * values with fields_at(). Reports with invalid() or fail(). NULL: nothing more. */
    enum err (*check)(struct request *rq, struct values *values, struct query *current);
    /* Binds parameters that are no fields (`:search`), for insert and update. */
    void (*bind)(struct request *rq, struct query *q, const struct values *values, struct query *current);
    /* After insert or update: rows in other tables. `id` is the thing's. */
    enum err (*saved)(struct request *rq, struct str id, const struct values *values, bool created);
    /* Before the row goes: what becomes of rows that name it. */
    void (*removing)(struct request *rq, struct str id);
    /* What a unique constraint means, as a sentence. */
    const char *conflict;
};

enum err collection_list(struct request *rq);
enum err collection_get(struct request *rq);
enum err collection_create(struct request *rq);
enum err collection_update(struct request *rq);
enum err collection_remove(struct request *rq);

/* What create and update do once fields are read: check, insert (`current` NULL) or update the row that
 * `current` (of `get`) stands on, saved. For whoever writes several in one transaction. */
enum err collection_store(struct request *rq, const struct collection *c, struct str id,
                          struct values *values, struct query *current);

/* For lists that are not collections: binds :limit, :after_key, :after_id from the query, steps, writes
 * {"items":[…],"next":…} and the Link header. `q` has its other parameters bound. */
enum err collection_page(struct request *rq, struct query *q, enum cursor_key key);

/* For replies of several lists: writes `,"key":[…]` with every row that `q` has. */
void collection_rows(struct request *rq, struct buf *out, const char *key, struct query *q);

/* Writes the thing that `get` finds under `id` as the reply with this status; ERR_NOT_FOUND when it finds
 * none. */
enum err collection_reply(struct request *rq, const char *get, struct str id, int status, const char *noun);

/* For POST: the id in the body or a new one. Sets *repeat when this very POST was answered before (then *id
 * is what it made). ERR_CONFLICT when the id or key was used for something else. `space` keeps ids of
 * different features apart. */
enum err collection_claim_id(struct request *rq, struct str given, const char *space, struct str *id,
                             bool *repeat);

/* Folded text for `search` columns, from up to three texts (absent ones are passed over). */
struct str collection_search(struct request *rq, struct str a, struct str b, struct str c);
/* The text of a field: from the values, else from the current row. */
struct str collection_text(const struct values *values, const char *name, struct query *current);
int64_t collection_int(const struct values *values, const char *name, struct query *current);
/* A LIKE pattern for a folded `q` parameter with `\` as its escape; absent when q is. At most 100 characters,
 * else ERR_BAD_REQUEST via fail. */
enum err collection_pattern(struct request *rq, struct str *out);

extern const char *const collection_sql[];

#endif
