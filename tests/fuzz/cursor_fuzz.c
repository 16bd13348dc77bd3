/* Cursors of lists: MODE-BYTE then a cursor as it stands in the query, or what is inside one. */
#include "fuzz.h"

#include "../unit/temp_dir.h"
#include "features/collection.h"

static const char BY_TEXT[] =
    "SELECT id, k AS _key FROM (SELECT '' AS k, 'a' AS id UNION ALL SELECT 'x', 'b' UNION ALL SELECT 'x', 'c'"
    " UNION ALL SELECT 'ñ', 'd') t WHERE (k, id) > (:after_key, :after_id) ORDER BY k, id LIMIT :limit";
static const char BY_NUMBER[] =
    "SELECT id, k AS _key FROM (SELECT -5 AS k, 'a' AS id UNION ALL SELECT 0, 'b' UNION ALL SELECT 0, 'c'"
    " UNION ALL SELECT 9000000000, 'd') t WHERE (k, id) > (:after_key, :after_id) ORDER BY k, id LIMIT "
    ":limit";
static const char *const sql[] = {BY_TEXT, BY_NUMBER, NULL};
static const char *const *const lists[] = {sql, NULL};

static struct temp_dir folder;
static struct db *db;

static void clean_up(void)
{
    db_close(db);
    temp_remove(&folder);
}

static void start(void)
{
    char path[128], why[DB_WHY] = "";
    HOLD(!temp_make(&folder));
    snprintf(path, sizeof path, "%s/fuzz.db", folder.path);
    db = db_open(&(struct db_options){.path = path, .create = true, .readers = 1, .sql = lists}, why);
    if (!db)
        fprintf(stderr, "%s\n", why);
    HOLD(db);
    atexit(clean_up);
}

/* One page from `cursor`; the cursor of the next one in next[], empty at the end. */
static enum err page(enum cursor_key key, struct str query, char next[256], int *rows)
{
    static struct ask a;
    ask_begin(&a, STR("/list"), query);
    a.rq.conn = db_read_begin(db, &a.rq.frame);
    HOLD(a.rq.conn);
    enum err err = collection_page(&a.rq, query_get(a.rq.conn, key == KEY_INT ? BY_NUMBER : BY_TEXT), key);
    HOLD(conn_error(a.rq.conn) == ERR_OK);
    db_read_end(a.rq.conn);
    a.rq.conn = NULL;
    *next = '\0';
    *rows = 0;
    HOLD((err == ERR_OK) == !a.rq.detail);
    HOLD(err == ERR_OK || err == ERR_BAD_REQUEST);
    if (err == ERR_OK) {
        json_t *body = json_loadb(a.rq.reply.body.ptr, a.rq.reply.body.len, JSON_REJECT_DUPLICATES, NULL);
        HOLD(body);
        *rows = (int)json_array_size(json_object_get(body, "items"));
        const char *text = json_string_value(json_object_get(body, "next"));
        snprintf(next, 256, "%s", text ? text : "");
        json_decref(body);
    }
    ask_end(&a);
    return err;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct buf query;
    char next[256];
    int rows, all = 0;
    if (!db)
        start();
    if (!size)
        return 0;
    enum cursor_key key = data[0] & 1 ? KEY_INT : KEY_TEXT;
    arena_init(&arena, NULL, 0);
    buf_init(&query, &arena, 256);
    buf_puts(&query, "limit=1&cursor=");
    if (data[0] & 2)
        buf_base64url(&query, data + 1, size - 1);
    else
        buf_add(&query, data + 1, size - 1);
    enum err err = page(key, buf_view(&query), next, &rows);
    for (all = rows; err == ERR_OK && *next;
         all += rows) { /* each page leads to the next, and there is an end */
        query.len = 0;
        buf_printf(&query, "limit=1&cursor=%s", next);
        HOLD(page(key, buf_view(&query), next, &rows) == ERR_OK && rows == 1);
        HOLD(all < 4);
    }
    arena_finish(&arena);
    return 0;
}
