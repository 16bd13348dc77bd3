#include "base/lookup.h"

#include <stdlib.h>
#include <string.h>

void lookup_init(struct lookup *l, struct arena *arena)
{
    *l = (struct lookup){.arena = arena};
}

void lookup_add(struct lookup *l, struct str key, void *of)
{
    if (l->n == l->cap && !l->failed) {
        size_t cap = l->cap ? 2 * l->cap : 64;
        struct named *more = arena_alloc(l->arena, cap * sizeof *more);
        if (more && l->n)
            memcpy(more, l->at, l->n * sizeof *more);
        l->failed = !more;
        l->at = more;
        l->cap = cap;
    }
    if (l->failed)
        return;
    l->at[l->n] = (struct named){key, l->n, of};
    l->n++;
}

static int compare_keys(struct str a, struct str b)
{
    int order = memcmp(a.ptr, b.ptr, a.len < b.len ? a.len : b.len);
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

static int compare(const void *a, const void *b)
{
    const struct named *x = a, *y = b;
    int order = compare_keys(x->key, y->key);
    return order ? order : (x->order > y->order) - (x->order < y->order);
}

void lookup_sort(struct lookup *l)
{
    if (!l->failed && l->n)
        qsort(l->at, l->n, sizeof *l->at, compare);
}

const struct named *lookup_find(const struct lookup *l, struct str key, size_t *n)
{
    size_t low = 0, high = l->failed ? 0 : l->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_keys(l->at[middle].key, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *n = 0;
    while (!l->failed && low + *n < l->n && str_eq(l->at[low + *n].key, key))
        ++*n;
    return *n ? &l->at[low] : NULL;
}
