#include "features/learning.h"

#include <stdlib.h>
#include <string.h>

static const char COUNTIES[] = "SELECT name FROM program_counties ORDER BY name, id";

const char *const learning_sql[] = {COUNTIES, NULL};

enum { LETTERS = 256 };

/* Every name there is, by its first letter. */
struct names {
    struct county *by_letter[LETTERS];
    struct county **own; /* of each worksheet's team; NULL: it has none */
    size_t n;
};

/* A letter or digit begins at `s`: not ASCII's others, nor Latin-1's signs, nor general and CJK punctuation.
 */
static bool letter(const char *s)
{
    const unsigned char *u = (const unsigned char *)s;
    if (*u < 0x80)
        return (*u >= 'a' && *u <= 'z') || (*u >= '0' && *u <= '9');
    return *u != 0xC2 && !(*u == 0xE2 && (u[1] == 0x80 || u[1] == 0x81)) && !(*u == 0xE3 && u[1] == 0x80);
}

/* Behind the code point at `s`. */
static const char *step(const char *s)
{
    for (s++; ((unsigned char)*s & 0xC0) == 0x80;)
        s++;
    return s;
}

/* "Los Angeles County" is known by "Los Angeles". */
static size_t stem(const char *folded)
{
    size_t n = strlen(folded);
    return n > 7 && !strcmp(folded + n - 7, " county") ? n - 7 : n;
}

static struct county **place_of(struct names *names, const char *folded, size_t length)
{
    struct county **at = &names->by_letter[(unsigned char)*folded];
    while (*at && (*at)->length >= length && strcmp((*at)->folded, folded))
        at = &(*at)->next;
    return at;
}

/* Adds the name unless it is there; *out is its county, NULL for a name without letters. */
static enum err add_name(struct request *rq, struct names *names, struct str name, struct str team,
                         struct county **out)
{
    char *folded = text_fold(rq->arena, name), *kept = arena_strndup(rq->arena, name.ptr, name.len);
    struct county *made = arena_zalloc(rq->arena, sizeof *made);
    if (!folded || !kept || !made)
        return ERR_UNAVAILABLE;
    size_t length = stem(folded);
    folded[length] = '\0';
    *out = NULL;
    if (!letter(folded))
        return ERR_OK;
    struct county **at = place_of(names, folded, length);
    if (!*at || strcmp((*at)->folded, folded)) {
        *made = (struct county){
            .name = {kept, name.len}, .team = team, .folded = folded, .length = length, .next = *at};
        *at = made;
        names->n++;
    }
    *out = *at;
    return ERR_OK;
}

/* Teams first, so that a county that is here is known by its team. */
static enum err load_names(struct request *rq, const struct answers *a, struct names *names)
{
    enum err err = ERR_OK;
    struct county *county;
    names->own = arena_zalloc(rq->arena, (a->n_sheets + 1) * sizeof(struct county *));
    if (!names->own)
        return ERR_UNAVAILABLE;
    for (size_t i = 0; i < a->n_sheets && err == ERR_OK; i++)
        err = add_name(rq, names, a->sheets[i].county, a->sheets[i].team, &names->own[i]);
    struct query *q = request_sql(rq, COUNTIES);
    while (err == ERR_OK && query_row(q))
        err = add_name(rq, names, query_get_text(q, 0), (struct str){0}, &county);
    return err;
}

/* The longest name that stands as words of their own at `text`; NULL: none. */
static struct county *name_at(const struct names *names, const char *text)
{
    for (struct county *c = names->by_letter[(unsigned char)*text]; c; c = c->next)
        if (!strncmp(text, c->folded, c->length) && !letter(text + c->length))
            return c;
    return NULL;
}

static struct pair *pair_of(struct request *rq, struct learning *l, const struct sheet *from,
                            struct county *to)
{
    struct pair *p = to->newest;
    if (p && p->from == from)
        return p;
    if (!(p = arena_zalloc(rq->arena, sizeof *p)))
        return NULL;
    p->from = from;
    p->to = to;
    to->newest = p;
    to->teams++;
    *(l->newest ? &l->newest->next : &l->pairs) = p;
    return l->newest = p;
}

static enum err add_mention(struct request *rq, struct learning *l, const struct answer *a, struct county *to)
{
    struct pair *p = pair_of(rq, l, a->sheet, to);
    if (p && p->newest && p->newest->answer == a)
        return ERR_OK; /* twice in one answer */
    struct mention *m = arena_zalloc(rq->arena, sizeof *m);
    if (!p || !m)
        return ERR_UNAVAILABLE;
    m->answer = a;
    *(p->newest ? &p->newest->next : &p->mentions) = m;
    p->newest = m;
    p->count++;
    to->items++;
    return ERR_OK;
}

static enum err search(struct request *rq, const struct names *names, const struct answer *a,
                       const struct county *own, struct learning *l)
{
    const char *c = text_fold(rq->arena, a->text);
    if (!c)
        return ERR_UNAVAILABLE;
    while (*c) {
        struct county *county = name_at(names, c);
        if (county && county != own) {
            enum err err = add_mention(rq, l, a, county);
            if (err != ERR_OK)
                return err;
        }
        if (county)
            c += county->length;
        while (letter(c))
            c = step(c);
        while (*c && !letter(c))
            c = step(c);
    }
    return ERR_OK;
}

static int by_fame(const void *a, const void *b)
{
    const struct county *const *x = a, *const *y = b;
    if ((*x)->teams != (*y)->teams)
        return (*x)->teams > (*y)->teams ? -1 : 1;
    return strcmp((*x)->folded, (*y)->folded);
}

static enum err list_counties(struct request *rq, const struct names *names, struct learning *l)
{
    l->counties = arena_alloc(rq->arena, (names->n + 1) * sizeof(struct county *));
    if (!l->counties)
        return ERR_UNAVAILABLE;
    for (size_t i = 0; i < LETTERS; i++)
        for (struct county *c = names->by_letter[i]; c; c = c->next)
            if (c->teams)
                l->counties[l->n_counties++] = c;
    qsort(l->counties, l->n_counties, sizeof(struct county *), by_fame);
    return ERR_OK;
}

enum err learning_find(struct request *rq, const struct answers *a, struct learning *out)
{
    *out = (struct learning){0};
    struct names *names = arena_zalloc(rq->arena, sizeof *names);
    enum err err = names ? load_names(rq, a, names) : ERR_UNAVAILABLE;
    for (size_t i = 0; i < a->n && err == ERR_OK; i++)
        if (a->all[i].prompt->names_county)
            err = search(rq, names, &a->all[i], names->own[a->all[i].sheet - a->sheets], out);
    return err == ERR_OK ? list_counties(rq, names, out) : err;
}
