#include "sync/merge.h"

#include <sodium.h>

static bool same(struct str a, struct str b)
{
    return !a.ptr == !b.ptr && str_eq(a, b);
}

bool item_same_content(const struct item *a, const struct item *b)
{
    if (a->deleted || b->deleted)
        return a->deleted && b->deleted;
#ifdef MUTANT_SERVER_FIELDS_COMPARED
    if (a->seq != b->seq)
        return false;
#endif
    return same(a->prompt, b->prompt) && same(a->text, b->text) && same(a->owner, b->owner) &&
           same(a->due, b->due) && a->done == b->done;
}

bool item_same(const struct item *a, const struct item *b)
{
    if (!item_same_content(a, b))
        return false;
    return a->deleted || !a->order_key.ptr || !b->order_key.ptr || str_eq(a->order_key, b->order_key);
}

/* A field that the writer left as it was stays as it is; `base` is NULL when that is not known. */
static struct str pick(const struct str *base, struct str master, struct str to)
{
    return base && same(*base, to) ? master : to;
}

static struct str pick_text(bool known, const struct item *base, const struct item *master,
                            const struct item *to, bool *clash)
{
    if (known && same(base->text, to->text))
        return master->text;
    *clash = !master->deleted && !same(master->text, to->text) && !(known && same(base->text, master->text));
    return *clash ? master->text : to->text;
}

bool item_merge(const struct item *base, const struct item *master, const struct item *to,
                struct item *merged)
{
    bool known = base && !base->deleted, clash = false;
    *merged = *master;
    if (to->deleted || (known && item_same(base, to)))
        return false; /* an edit that the remover had not seen stays; and who changed nothing changes nothing
                       */
    merged->deleted = false;
    merged->prompt = pick(known ? &base->prompt : NULL, master->prompt, to->prompt);
    merged->text = pick_text(known, base, master, to, &clash);
    merged->owner = pick(known ? &base->owner : NULL, master->owner, to->owner);
    merged->due = pick(known ? &base->due : NULL, master->due, to->due);
    merged->done = known && base->done == to->done ? master->done : to->done;
    if (to->order_key.ptr)
        merged->order_key = pick(known ? &base->order_key : NULL, master->order_key, to->order_key);
    return clash;
}

static void add(crypto_generichash_state *h, struct str s)
{
    unsigned char length[8]; /* first, so that no two lists of texts are one; absent is not empty */
    for (int i = 0; i < 8; i++)
        length[i] = (unsigned char)((s.ptr ? (uint64_t)s.len : UINT64_MAX) >> (8 * i));
    crypto_generichash_update(h, length, sizeof length);
    crypto_generichash_update(h, (const unsigned char *)s.ptr, s.len);
}

void item_fork_id(struct str id, const struct item *base, const struct item *to, char out[UUID_TEXT])
{
#ifdef MUTANT_RANDOM_FORK_ID
    uuid_v7(out);
    return;
#endif
    unsigned char texts[16];
    crypto_generichash_state h;
    crypto_generichash_init(&h, NULL, 0, sizeof texts);
    add(&h, base && !base->deleted ? base->text : (struct str){0});
    add(&h, to->text);
    crypto_generichash_final(&h, texts, sizeof texts);
    uuid_derive(out, id, (struct str){(const char *)texts, sizeof texts});
}

void item_state(const struct item *item, char out[ITEM_STATE])
{
    unsigned char hash[16];
    crypto_generichash_state h;
    crypto_generichash_init(&h, NULL, 0, sizeof hash);
    if (!item->deleted) { /* all tombstones are equal */
        add(&h, item->prompt);
        add(&h, item->text);
        add(&h, item->owner);
        add(&h, item->due);
        add(&h, item->done ? STR("1") : STR("0"));
    }
    crypto_generichash_final(&h, hash, sizeof hash);
    sodium_bin2base64(out, ITEM_STATE, hash, sizeof hash, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}
