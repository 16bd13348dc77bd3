#include "features/learning.h"

#include <stdlib.h>
#include <string.h>

static const char COUNTIES[] = "SELECT name FROM program_counties ORDER BY name, id";

const char *const learning_sql[] = {COUNTIES, NULL};

enum { LETTERS = 256 };

/* Counties of the United States whose name is an everyday word, too. */
static const char *const everyday[] = {
    "alpine",   "bath",      "bay",     "bell",   "bond",   "boulder",  "brown",   "buffalo", "butte",
    "camp",     "carbon",    "cedar",   "chase",  "clay",   "coal",     "coffee",  "cook",    "cotton",
    "crane",    "cross",     "dale",    "day",    "delta",  "elk",      "fisher",  "forest",  "garden",
    "gem",      "grand",     "granite", "grant",  "gray",   "green",    "hand",    "hill",    "hood",
    "imperial", "iron",      "island",  "jewell", "king",   "kings",    "lake",    "lamb",    "lane",
    "liberty",  "limestone", "love",    "mason",  "mercer", "mills",    "mineral", "mono",    "moody",
    "noble",    "ocean",     "orange",  "park",   "pike",   "pine",     "placer",  "pope",    "potter",
    "power",    "price",     "queens",  "ransom", "rice",   "rich",     "rock",    "rush",    "sharp",
    "sierra",   "stone",     "story",   "summit", "swift",  "treasure", "trinity", "union",   "valley",
    "walker",   "wells",     "white",   "wise",   "wood",   "woods",    "worth",   "young",
};

/* How a word of the text begins, as bits. */
enum { CAPITAL = 1, OPENS = 2 /* a sentence or line */, LINE = 4 /* a line */, MARK = 16 };

/* An answer, folded, and of each byte that begins a word how it was typed. */
struct text {
    const char *folded;
    unsigned char *typed;
};

/* A name in it. */
struct hit {
    struct county *county;
    const char *at;
    struct hit *next;
};

/* Names that stand side by side, with nothing between them but commas, "and" and the like. */
struct chain {
    struct hit *first, **end;
    bool sure, leads; /* one of them is a county for certain; nothing stands before them */
};

/* Every name there is, by its first letter. */
struct names {
    struct county *by_letter[LETTERS];
    struct county **own; /* of each worksheet's team; NULL: it has none */
    size_t n;
};

static bool capital(const char *s)
{
    return *s >= 'A' && *s <= 'Z';
}

/* A letter or digit begins at `s`: not ASCII's others, nor Latin-1's signs, nor general and CJK punctuation.
 */
static bool letter(const char *s)
{
    const unsigned char *u = (const unsigned char *)s;
    if (*u < 0x80)
        return (*u >= 'a' && *u <= 'z') || (*u >= '0' && *u <= '9') || capital(s);
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

static bool is_everyday(const char *folded)
{
    for (size_t i = 0; i < sizeof everyday / sizeof *everyday; i++)
        if (!strcmp(folded, everyday[i]))
            return true;
    return false;
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
        *made = (struct county){.name = {kept, name.len},
                                .team = team,
                                .folded = folded,
                                .length = length,
                                .everyday = is_everyday(folded),
                                .next = *at};
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

/* --- the text --- */

/* Before each word a byte that says how it begins: a control byte that folding leaves alone. */
static struct str mark_words(struct request *rq, struct str text)
{
    struct buf out;
    unsigned bits = OPENS | LINE;
    bool inside = false;
    const char *c = arena_strndup(rq->arena, text.ptr, text.len);
    buf_init(&out, rq->arena, 2 * text.len + 1);
    while (c && *c) {
        const char *next = step(c);
        bool is = letter(c);
        if (is && !inside)
            buf_char(&out, (char)(MARK | bits | (capital(c) ? CAPITAL : 0)));
        if (is)
            bits = 0;
        else if (*c == '\n' || *c == '\r')
            bits |= OPENS | LINE;
        else if (strchr(".!?", *c))
            bits |= OPENS;
        buf_add(&out, c, (size_t)(next - c));
        inside = is;
        c = next;
    }
    return out.failed || !c ? (struct str){0} : buf_view(&out);
}

static enum err fold(struct request *rq, struct str typed, struct text *out)
{
    struct str marked = mark_words(rq, typed);
    char *to = marked.ptr ? text_fold(rq->arena, marked) : NULL;
    out->folded = to;
    out->typed = to ? arena_zalloc(rq->arena, strlen(to) + 1) : NULL;
    if (!out->typed)
        return ERR_UNAVAILABLE;
    for (const char *from = to; *from; from++)
        if ((*from & ~7) == MARK)
            out->typed[to - out->folded] = (unsigned char)*from & 7;
        else
            *to++ = *from;
    *to = '\0';
    return ERR_OK;
}

/* The longest name that stands as words of their own at `text`; NULL: none. */
static struct county *name_at(const struct names *names, const char *text)
{
    for (struct county *c = names->by_letter[(unsigned char)*text]; c; c = c->next)
        if (!strncmp(text, c->folded, c->length) && !letter(text + c->length))
            return c;
    return NULL;
}

static bool is_capital(const struct text *t, const char *word)
{
    return (t->typed[word - t->folded] & (CAPITAL | OPENS)) == CAPITAL;
}

/* The length of `word` when it stands at `s`, else 0. */
static size_t stands(const char *s, const char *word)
{
    size_t n = strlen(word);
    return !strncmp(s, word, n) && !letter(s + n) ? n : 0;
}

/* What is no everyday word; what "county" stands at; what is written as a name: with a capital that no
 * sentence asks for, and not as part of a longer name; or as a heading: `Orange: …`, `Orange's …`. */
static bool is_sure(const struct text *t, const struct hit *hit, struct str before)
{
    static const char of[] = "county of ";
    const char *end = hit->at + hit->county->length;
    size_t ahead = (size_t)(hit->at - t->folded), n = sizeof of - 1;
    if (!hit->county->everyday || stands(end, " county") || stands(end, " counties") ||
        (ahead >= n && !memcmp(hit->at - n, of, n)))
        return true;
    if (!(t->typed[ahead] & CAPITAL) || (*end == '-' && letter(end + 1)))
        return false;
    if (is_capital(t, hit->at))
        return !(*end == ' ' && is_capital(t, end + 1)) &&
               !(before.ptr && before.ptr + before.len == hit->at - 1 && hit->at[-1] == ' ' &&
                 is_capital(t, before.ptr));
    end += *end == ' ';
    return (*end && strchr("':(-", *end)) || !strncmp(end, "\xE2\x80", 2); /* dashes, quotes */
}

/* Do two names stand in one list, with this between them? */
static bool joins(const struct text *t, const char *from, const char *to)
{
    static const char *const words[] = {"and", "or", "county", "counties"};
    bool listed = t->typed[to - t->folded] & LINE;
    while (from < to) {
        size_t n = 0;
        for (size_t i = 0; i < 4 && !n; i++)
            n = stands(from, words[i]);
        if (!n && (letter(from) || strchr(".!?:", *from)))
            return false;
        listed = listed || *from != ' ';
        from = n ? from + n : step(from);
    }
    return listed;
}

static const char *word_behind(const char *c)
{
    while (*c && !letter(c))
        c = step(c);
    return c;
}

/* --- who names whom --- */

/* Everyday words count where one of their list does, or when the answer is nothing else. */
static enum err close_chain(struct request *rq, struct learning *l, const struct answer *a,
                            const struct county *own, struct chain *chain, bool ends)
{
    enum err err = ERR_OK;
    bool counts = chain->sure || (chain->leads && ends);
    for (struct hit *hit = chain->first; hit && counts && err == ERR_OK; hit = hit->next)
        if (hit->county != own)
            err = add_mention(rq, l, a, hit->county);
    *chain = (struct chain){.end = &chain->first};
    return err;
}

static enum err search(struct request *rq, const struct names *names, const struct answer *a,
                       const struct county *own, struct learning *l)
{
    struct text t;
    struct chain chain = {.end = &chain.first};
    struct str before = {0}; /* the last word */
    const char *end = NULL;  /* of the last name */
    enum err err = fold(rq, a->text, &t);
    if (err != ERR_OK)
        return err;
    const char *first = word_behind(t.folded);
    for (const char *c = first; *c && err == ERR_OK;) {
        struct county *county = name_at(names, c);
        const char *word = c;
        if (county) {
            struct hit *hit = arena_zalloc(rq->arena, sizeof *hit);
            if (!hit)
                return ERR_UNAVAILABLE;
            *hit = (struct hit){county, c, NULL};
            if (end && !joins(&t, end, c))
                err = close_chain(rq, l, a, own, &chain, false);
            chain.leads = chain.leads || c == first;
            chain.sure = is_sure(&t, hit, before) || chain.sure;
            *chain.end = hit;
            chain.end = &hit->next;
            end = c += county->length;
        }
        while (letter(c))
            c = step(c);
        before = (struct str){word, (size_t)(c - word)};
        c = word_behind(c);
    }
    return err == ERR_OK && end ? close_chain(rq, l, a, own, &chain, !*word_behind(end)) : err;
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
