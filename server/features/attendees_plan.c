#include "features/attendees_plan.h"

enum { PAGE = 4000 };

static const char ORGANIZATIONS[] =
    "SELECT id, name FROM organizations WHERE event_id = :event ORDER BY name";
static const char TEAMS[] = "SELECT id, slug, name FROM teams WHERE event_id = :event ORDER BY slug";
/* In the order of enum column. */
static const char PEOPLE[] =
    "SELECT display_name, sort_name, organization_id, agency_type, team_id, role_label,"
    " email, phone, id FROM attendees WHERE event_id = :event AND id > :after ORDER BY id LIMIT :limit";

/* What a plan hangs on: the feed knows of attendees and teams, their revisions of organizations. */
static const char SEQ[] = "SELECT value FROM sequence WHERE id = 1";
static const char NEW_TEAMS[] = "SELECT 1 FROM feed WHERE scope = :event || '/public' AND seq > :seq"
                                " AND collection = 'teams' LIMIT 1";
/* Those of PEOPLE who came, changed or went since; the columns of one who went are NULL. */
static const char NEW_PEOPLE[] =
    "SELECT a.display_name, a.organization_id, a.team_id, a.email, f.doc_id FROM feed f LEFT JOIN attendees a"
    " ON a.id = f.doc_id WHERE f.scope = :event || '/organizers' AND f.seq > :seq"
    " AND f.collection = 'attendees' ORDER BY f.seq";
static const char ORGANIZATIONS_STATE[] = "SELECT count(*) || ' ' || coalesce(sum(revision), 0) || ' ' ||"
                                          " coalesce(max(updated_at), 0) || ' ' || coalesce(max(id), '')"
                                          " FROM organizations WHERE event_id = :event";

const char *const attendees_plan_sql[] = {ORGANIZATIONS,       TEAMS, PEOPLE, SEQ, NEW_TEAMS, NEW_PEOPLE,
                                          ORGANIZATIONS_STATE, NULL};

struct str attendees_plan_fold(struct arena *arena, struct str s)
{
    const char *text = text_fold(arena, s);
    return str_of(text ? text : "");
}

/* --- what is there --- */

static struct str keep(struct request *rq, struct str s)
{
    const char *copy = s.ptr ? arena_strndup(rq->arena, s.ptr, s.len) : NULL;
    return (struct str){copy, copy ? s.len : 0};
}

static struct place *load_place(struct request *rq, struct query *q, int name)
{
    struct place *place = arena_zalloc(rq->arena, sizeof *place);
    if (place)
        *place = (struct place){NULL, keep(rq, query_get_text(q, 0)), keep(rq, query_get_text(q, name))};
    return place;
}

static void load_places(struct request *rq, struct roster *r)
{
    struct query *q = request_sql(rq, ORGANIZATIONS);
    struct place *place;
    lookup_init(&r->organizations, rq->arena);
    while (query_row(q) && (place = load_place(rq, q, 1)))
        lookup_add(&r->organizations, attendees_plan_fold(rq->arena, place->name), place);
    lookup_sort(&r->organizations);
    q = request_sql(rq, TEAMS);
    lookup_init(&r->slugs, rq->arena);
    lookup_init(&r->teams, rq->arena);
    while (query_row(q) && (place = load_place(rq, q, 2))) {
        lookup_add(&r->slugs, keep(rq, query_get_text(q, 1)), place);
        lookup_add(&r->teams, attendees_plan_fold(rq->arena, place->name), place);
    }
    lookup_sort(&r->slugs);
    lookup_sort(&r->teams);
}

/* One key of who somebody is. An organization that is to be made goes by its name. */
static struct str who(struct arena *arena, struct str name_key, struct str organization, struct str team)
{
    struct buf out;
    buf_init(&out, arena, name_key.len + organization.len + team.len + 2);
    buf_str(&out, name_key);
    buf_char(&out, '\0');
    buf_str(&out, organization);
    buf_char(&out, '\0');
    buf_str(&out, team);
    return buf_view(&out);
}

/* May somebody with this key and e-mail be a row of the file? */
static bool may_be_row(const struct roster *r, struct str key, struct str email)
{
    size_t n;
    return lookup_find(&r->row_people, key, &n) || (email.ptr && lookup_find(&r->row_emails, email, &n));
}

static void keep_person(struct request *rq, struct roster *r, const struct str value[COLUMNS], struct str id,
                        struct str key)
{
    struct person *p = arena_zalloc(rq->arena, sizeof *p);
    r->people.failed = r->people.failed || !p;
    if (!p)
        return;
    for (enum column c = 0; c < COLUMNS; c++)
        p->value[c] = keep(rq, value[c]);
    p->id = keep(rq, id);
    if (p->value[EMAIL].ptr)
        lookup_add(&r->emails, p->value[EMAIL], p);
    lookup_add(&r->people, keep(rq, key), p);
    lookup_add(&r->ids, p->id, p);
}

static enum err load_page(struct request *rq)
{
    struct roster *r = rq->scratch;
    struct query *q = request_sql(rq, PEOPLE);
    struct str value[COLUMNS], id = {0};
    struct arena page; /* for the keys of those who are not kept */
    arena_init(&page, NULL, 0);
    query_text(q, ":after", r->after);
    query_int(q, ":limit", PAGE);
    for (r->page = 0; query_row(q); r->page++) {
        for (enum column c = 0; c < COLUMNS; c++)
            value[c] = query_get_text(q, c);
        id = query_get_text(q, COLUMNS);
        struct str key =
            who(&page, attendees_plan_fold(&page, value[NAME]), value[ORGANIZATION], value[TEAM]);
        if (may_be_row(r, key, value[EMAIL]))
            keep_person(rq, r, value, id, key);
        if (r->page == PAGE - 1)
            r->after = keep(rq, id);
    }
    arena_finish(&page);
    return ERR_OK;
}

/* In the transaction that is open, else in one of its own. */
static enum err look(struct request *rq, enum err (*part)(struct request *rq))
{
    return rq->conn ? part(rq) : request_transact(rq, TX_READ, part);
}

static enum err load_people(struct request *rq, struct roster *r)
{
    enum err err;
    lookup_init(&r->emails, rq->arena);
    lookup_init(&r->people, rq->arena);
    lookup_init(&r->ids, rq->arena);
    r->after = STR("");
    do
        err = look(rq, load_page);
    while (err == ERR_OK && r->page == PAGE && r->after.ptr);
    lookup_sort(&r->emails);
    lookup_sort(&r->people);
    lookup_sort(&r->ids);
    return err;
}

/* --- the places of each row --- */

static void find_organization(struct request *rq, struct roster *r, struct row *row, struct lookup *unknown)
{
    size_t n;
    struct str name = row->value[ORGANIZATION];
    if (!name.ptr)
        return;
    struct str key = attendees_plan_fold(rq->arena, name);
    const struct named *found = lookup_find(&r->organizations, key, &n);
    if (!found)
        lookup_add(unknown, key, row);
    else
        row->organization = found->of;
    for (size_t i = 0; i < n; i++) /* of those that fold alike, the one that is spelled so */
        if (str_eq(((struct place *)found[i].of)->name, name))
            row->organization = found[i].of;
}

static void find_team(struct request *rq, struct roster *r, struct row *row)
{
    size_t n;
    if (!row->value[TEAM].ptr)
        return;
    struct str key = attendees_plan_fold(rq->arena, row->value[TEAM]);
    const struct named *found = lookup_find(&r->slugs, key, &n);
    if (!found)
        found = lookup_find(&r->teams, key, &n);
    if (n == 1)
        row->team = found->of;
    else
        import_fault(&r->im, row->number, row->line, "team", "%s",
                     n ? "is the name of several teams here: give the slug of one"
                       : "is no slug or name of a team here: make the team first, or leave the cell empty");
}

/* One place for all rows that name it, spelled as the first does. */
static void make_organizations(struct request *rq, struct roster *r, struct lookup *unknown)
{
    struct place *place = NULL;
    lookup_sort(unknown);
    for (size_t i = 0; i < unknown->n && !unknown->failed; i++) {
        struct row *row = unknown->at[i].of;
        if (!i || !str_eq(unknown->at[i].key, unknown->at[i - 1].key)) {
            place = arena_zalloc(rq->arena, sizeof *place);
            if (!place)
                return;
            *place = (struct place){r->made, .name = row->value[ORGANIZATION]};
            r->made = place;
            r->counts.organizations++;
        }
        row->organization = place;
    }
}

static void place_rows(struct request *rq, struct roster *r)
{
    struct lookup unknown;
    lookup_init(&unknown, rq->arena);
    for (struct row *row = r->first; row; row = row->next) {
        row->organization = row->team = NULL;
        find_organization(rq, r, row, &unknown);
        find_team(rq, r, row);
    }
    make_organizations(rq, r, &unknown);
    for (struct row *row = r->first; row; row = row->next) {
        struct place *o = row->organization, *t = row->team;
        row->who = who(rq->arena, row->name_key,
                       o ? (o->id.ptr ? o->id : attendees_plan_fold(rq->arena, o->name)) : STR(""),
                       t ? t->id : STR(""));
    }
}

/* --- who is who --- */

static void index_rows(struct request *rq, struct roster *r)
{
    lookup_init(&r->row_emails, rq->arena);
    lookup_init(&r->row_people, rq->arena);
    for (struct row *row = r->first; row; row = row->next) {
        if (row->value[EMAIL].ptr)
            lookup_add(&r->row_emails, row->value[EMAIL], row);
        if (!row->faulty)
            lookup_add(&r->row_people, row->who, row);
    }
    lookup_sort(&r->row_emails);
    lookup_sort(&r->row_people);
}

static void say_twice(struct roster *r, const struct row *row, const char *column, const struct row *first)
{
    import_fault(&r->im, row->number, row->line, column, "is the same person as in line %d: keep one of them",
                 first->line);
}

/* Two rows are one person by their e-mail; or by their name, organization and team when one lacks the e-mail.
 */
static void find_doubles(struct roster *r)
{
    const struct lookup *emails = &r->row_emails, *people = &r->row_people;
    for (size_t i = 1; i < emails->n && !emails->failed; i++)
        if (str_eq(emails->at[i].key, emails->at[i - 1].key))
            say_twice(r, emails->at[i].of, "email", emails->at[i - 1].of);
    const struct row *first = NULL, *bare = NULL;
    for (size_t i = 0; i < people->n && !people->failed; i++) {
        const struct row *row = people->at[i].of;
        if (!i || !str_eq(people->at[i].key, people->at[i - 1].key))
            first = bare = NULL;
        if (bare || (first && !row->value[EMAIL].ptr))
            say_twice(r, row, "display_name", bare ? bare : first);
        first = first ? first : row;
        bare = bare || row->value[EMAIL].ptr ? bare : row;
    }
}

/* Of those with the row's e-mail, the one with its name as well, else the first. */
static void match_email(struct request *rq, struct roster *r, struct row *row)
{
    size_t n = 0;
    const struct named *found = row->value[EMAIL].ptr ? lookup_find(&r->emails, row->value[EMAIL], &n) : NULL;
    for (size_t i = n; i > 0; i--) {
        struct person *p = found[i - 1].of;
        if (!p->taken && (i == 1 || str_eq(attendees_plan_fold(rq->arena, p->value[NAME]), row->name_key)))
            row->known = p;
    }
    if (row->known)
        row->known->taken = true;
}

/* Of those who are nobody else in the file; with an e-mail, rather one who has none yet. */
static void match_name(struct roster *r, struct row *row)
{
    size_t n, free = 0;
    const struct named *found = lookup_find(&r->people, row->who, &n);
    bool has_email = row->value[EMAIL].ptr != NULL;
    for (size_t i = 0; i < n; i++) {
        struct person *p = found[i].of;
        if (p->taken)
            continue;
        if (!free++ || (has_email && row->known->value[EMAIL].ptr && !p->value[EMAIL].ptr))
            row->known = p;
    }
    if (free > 1 && !has_email)
        import_fault(&r->im, row->number, row->line, "display_name",
                     "fits %zu people on the roster: give the e-mail of the one that is meant", free);
    if (row->known)
        row->known->taken = true;
}

struct str attendees_plan_value(const struct row *row, enum column c)
{
    if (c == ORGANIZATION)
        return row->organization ? row->organization->id : (struct str){0};
    if (c == TEAM)
        return row->team ? row->team->id : (struct str){0};
    return row->value[c];
}

bool attendees_plan_gives(const struct roster *r, const struct row *row, enum column c)
{
    return r->table.has[c] && (c != SORT_NAME || row->value[c].ptr);
}

static bool differs(const struct roster *r, const struct row *row)
{
    if (row->organization && !row->organization->id.ptr)
        return true;
    for (enum column c = 0; c < COLUMNS; c++)
        if (attendees_plan_gives(r, row, c) && !str_eq(attendees_plan_value(row, c), row->known->value[c]))
            return true;
    return false;
}

static struct str organizations_state(struct request *rq)
{
    struct query *q = request_sql(rq, ORGANIZATIONS_STATE);
    return query_row(q) ? keep(rq, query_get_text(q, 0)) : STR("");
}

/* Is somebody else now who was a row of the file, or may be? The others come and go as they like. */
static bool people_moved(struct request *rq, const struct roster *r)
{
    struct query *q = request_sql(rq, NEW_PEOPLE);
    bool moved = false;
    size_t n;
    query_int(q, ":seq", r->seq);
    while (!moved && query_row(q)) {
        struct str name = query_get_text(q, 0);
        moved = lookup_find(&r->ids, query_get_text(q, 4), &n) != NULL;
        if (!moved && name.ptr)
            moved = may_be_row(r,
                               who(rq->arena, attendees_plan_fold(rq->arena, name), query_get_text(q, 1),
                                   query_get_text(q, 2)),
                               query_get_text(q, 3));
    }
    return moved;
}

bool attendees_plan_holds(struct request *rq, const struct roster *r)
{
    struct query *q = request_sql(rq, NEW_TEAMS);
    query_int(q, ":seq", r->seq);
    return !query_row(q) && str_eq(organizations_state(rq), r->organizations_state) && !people_moved(rq, r);
}

/* First the state, then what it is the state of: what changes in between shows in attendees_plan_holds(). */
static enum err load_state(struct request *rq)
{
    struct roster *r = rq->scratch;
    struct query *q = request_sql(rq, SEQ);
    r->seq = query_row(q) ? query_get_int(q, 0) : 0;
    r->organizations_state = organizations_state(rq);
    load_places(rq, r);
    return ERR_OK;
}

static void match_rows(struct request *rq, struct roster *r)
{
    for (struct row *row = r->first; row; row = row->next) {
        row->known = NULL;
        match_email(rq, r, row);
    }
    for (struct row *row = r->first; row; row = row->next) {
        if (!row->known && !row->faulty)
            match_name(r, row);
        row->changes = !row->known || differs(r, row);
        ++*(!row->known ? &r->counts.created : row->changes ? &r->counts.updated : &r->counts.unchanged);
    }
}

enum err attendees_plan(struct request *rq)
{
    struct roster *r = rq->scratch;
    import_plan(&r->im);
    r->plans++;
    r->counts = (struct counts){0};
    r->made = NULL;
    enum err err = look(rq, load_state);
    if (err != ERR_OK)
        return err;
    place_rows(rq, r);
    index_rows(rq, r);
    find_doubles(r);
    if ((err = load_people(rq, r)) != ERR_OK)
        return err;
    match_rows(rq, r);
    bool failed = r->organizations.failed || r->slugs.failed || r->teams.failed || r->row_emails.failed ||
                  r->row_people.failed || r->emails.failed || r->people.failed || r->ids.failed;
    return failed ? fail(rq, ERR_UNAVAILABLE, "memory is out") : ERR_OK;
}
