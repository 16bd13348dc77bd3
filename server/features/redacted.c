#include "features/redacted.h"

#include <sodium.h>

enum { HASH = 16, HASH_TEXT = 2 * HASH + 1 };

static const char ADD[] = "INSERT INTO redacted_texts (item_id, hash) VALUES (:item, :hash)"
                          " ON CONFLICT (item_id, hash) DO NOTHING";
static const char ANY[] = "SELECT 1 FROM redacted_texts WHERE item_id = :item LIMIT 1";
static const char HAS[] = "SELECT 1 FROM redacted_texts WHERE item_id = :item AND hash = :hash";

const char *const redacted_sql[] = {ADD, ANY, HAS, NULL};

static void hash_of(struct str item, struct str text, char out[HASH_TEXT])
{
    unsigned char hash[HASH];
    crypto_generichash_state h;
    crypto_generichash_init(&h, NULL, 0, HASH);
    crypto_generichash_update(&h, (const unsigned char *)item.ptr, item.len);
    crypto_generichash_update(&h, (const unsigned char *)text.ptr, text.len);
    crypto_generichash_final(&h, hash, HASH);
    sodium_bin2hex(out, HASH_TEXT, hash, HASH);
}

static struct query *about(struct conn *c, const char *sql, struct str item)
{
    struct query *q = query_get(c, sql);
    query_text(q, ":item", item);
    return q;
}

void redacted_add(struct conn *c, struct str item, struct str text)
{
    char hash[HASH_TEXT];
    if (!text.len || str_is(text, REDACTED))
        return;
    struct query *q = about(c, ADD, item);
    hash_of(item, text, hash);
    query_text(q, ":hash", str_of(hash));
    query_run(q);
}

bool redacted_has(struct conn *c, struct str item, struct str text)
{
    char hash[HASH_TEXT];
    if (!text.len || !query_row(about(c, ANY, item)))
        return false;
    struct query *q = about(c, HAS, item);
    hash_of(item, text, hash);
    query_text(q, ":hash", str_of(hash));
    return query_row(q);
}
