/* people.c - who asks: made once in the template, through the API, and known again in every copy of it. */
#include "harness/parts.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "features/codes.h"
#include "http/scope.h"
#include "http/token.h"

static const char TEAM[] = "SELECT id, code_generation FROM teams WHERE slug = :slug AND event_id = :event";
static const char STAFF[] = "SELECT id, staff_generation FROM events WHERE id = :event";
static const char ATTENDEE[] = "SELECT id, code_generation, code_label FROM attendees WHERE id = :id";

const char *const people_sql[] = {TEAM, STAFF, ATTENDEE, NULL};

static const char *const names[AS_COUNT] = {
    [AS_NOBODY] = "nobody",       [AS_ATTENDEE] = "attendee",   [AS_MEMBER] = "member",
    [AS_LEAD] = "lead",           [AS_RIVERSIDE] = "riverside", [AS_STAFF] = "staff",
    [AS_ORGANIZER] = "organizer", [AS_REVOKED] = "revoked",     [AS_EXPIRED] = "expired",
    [AS_ELSEWHERE] = "elsewhere", [AS_GUEST] = "guest",         [AS_ADMIN] = "admin",
};

const char *harness_actor(enum actor as)
{
    return names[as];
}

static const struct {
    enum actor as;
    const char *event, *role, *team, *attendee;
} made[] = {
    {AS_ATTENDEE, "csec2015", "attendee", NULL, "priya-mossywander"},
    {AS_MEMBER, "csec2015", "member", "los-angeles", NULL},
    {AS_LEAD, "csec2015", "lead", "los-angeles", NULL},
    {AS_RIVERSIDE, "csec2015", "member", "riverside", NULL},
    {AS_STAFF, "csec2015", "staff", NULL, NULL},
    {AS_ORGANIZER, "csec2015", "organizer", NULL, NULL},
    {AS_REVOKED, "csec2015", "member", "los-angeles", NULL},
    {AS_ELSEWHERE, "csec101", "organizer", NULL, NULL},
    {AS_GUEST, "csec101", "attendee", NULL, "jin-cloverbrook"},
};

/* --- codes --- */

static const char *write_code(struct harness *h, struct query *q, enum code_kind kind, const char *label)
{
    char code[CODE_TEXT], row_label[CODE_LABEL] = "";
    if (!query_row(q))
        return NULL;
    if (!label) {
        struct str s = query_get_text(q, 2);
        snprintf(row_label, sizeof row_label, "%.*s", (int)s.len, s.ptr);
        label = row_label;
    }
    code_write(h->house->keys, kind, label, query_get_text(q, 0), query_get_int(q, 1), code);
    return arena_printf(&h->scratch, "%s", code);
}

/* `los-angeles`, `staff` or `attendees:<key>`, of csec2015; `csec101/attendees:<key>`. */
static const char *code_of(struct harness *h, const char *what)
{
    char id[UUID_TEXT], label[CODE_LABEL];
    struct event *event = scope_find(h->house->scope, STR("csec2015"));
    struct frame frame = {.event = str_of(event ? event->id : "")};
    struct conn *c = db_read_begin(h->house->db, &frame);
    struct query *q;
    const char *code;
    if (!c)
        return NULL;
    if (strchr(what, ':')) {
        q = query_get(c, ATTENDEE);
        harness_seed_id(what, id);
        query_text(q, ":id", str_of(id));
        code = write_code(h, q, CODE_ATTENDEE, NULL);
    } else if (!strcmp(what, "staff")) {
        code = write_code(h, query_get(c, STAFF), CODE_STAFF, CODE_STAFF_LABEL);
    } else {
        q = query_get(c, TEAM);
        query_text(q, ":slug", str_of(what));
        code_label(str_of(what), label);
        code = write_code(h, q, CODE_TEAM, label);
    }
    db_read_end(c);
    return code;
}

/* --- making --- */

static struct local_reply post(struct harness *h, const char *path, const char *token, const char *body)
{
    struct local_reply reply;
    local_call(h->house,
               &(struct local_call){.method = "POST", .target = path, .token = token, .body = str_of(body)},
               &h->arena, &reply);
    if (reply.status < 200 || reply.status > 299)
        harness_stop("POST %s %s: %d %.*s", path, body ? body : "", reply.status, (int)reply.body.len,
                     reply.body.ptr);
    return reply;
}

static void keep(char *to, size_t size, struct harness *h, const struct local_reply *reply,
                 const char *pointer)
{
    const char *value = harness_at(h, reply, pointer);
    snprintf(to, size, "%s", value ? value : "");
}

#define KEEP(field, reply, pointer) keep(field, sizeof(field), h, reply, pointer)

/* Who this token reply was for. */
static void meet(struct harness *h, struct person *p, const struct local_reply *reply)
{
    struct claims claims;
    const char *token = harness_at(h, reply, "/access_token");
    if (token_verify(h->house->keys, str_of(token), clock_now_ms() / 1000, &claims) != TOKEN_OK)
        harness_stop("a token that was just given is not good");
    memcpy(p->device, claims.sub, sizeof p->device);
    memcpy(p->event, claims.evt, sizeof p->event);
    memcpy(p->team, claims.team, sizeof p->team);
    p->role = claims.role;
    KEEP(p->id, reply, "/participant/id");
    KEEP(p->refresh, reply, "/refresh_token");
}

static struct local_reply log_in(struct harness *h, struct person *p, const char *name, const char *event)
{
    const char *admin = local_admin_token(h->house, &h->arena);
    struct local_reply account =
        post(h, "/v1/organizers", admin,
             arena_printf(&h->arena, "{\"email\":\"%s@example.org\",\"event\":\"%s\"}", name, event));
    KEEP(p->email, &account, "/email");
    KEEP(p->password, &account, "/password");
    return post(h, "/v1/auth/login", NULL,
                arena_printf(&h->arena, "{\"email\":\"%s\",\"password\":\"%s\"}", p->email, p->password));
}

static struct local_reply enter(struct harness *h, size_t i)
{
    struct person *p = &h->people[made[i].as];
    const char *name = names[made[i].as];
    if (made[i].attendee) {
        const char *row = arena_printf(&h->arena, "%s/attendees:%s", made[i].event, made[i].attendee);
        const char *code = code_of(h, row);
        harness_seed_id(row, p->row);
        return post(h, "/v1/auth/join", NULL, arena_printf(&h->arena, "{\"code\":\"%s\"}", code ? code : ""));
    }
    if (!strcmp(made[i].role, "organizer"))
        return log_in(h, p, name, made[i].event);
    const char *team = made[i].team ? arena_printf(&h->arena, ",\"team\":\"%s\"", made[i].team) : "";
    return post(h, "/v1/tokens", local_admin_token(h->house, &h->arena),
                arena_printf(&h->arena, "{\"event\":\"%s\",\"role\":\"%s\",\"display_name\":\"%s\"%s}",
                             made[i].event, made[i].role, name, team));
}

void people_make(struct harness *h, const char *path)
{
    for (size_t i = 0; i < COUNT(made); i++) {
        struct local_reply reply = enter(h, i);
        meet(h, &h->people[made[i].as], &reply);
        if (made[i].as == AS_REVOKED)
            post(h, "/v1/auth/logout", harness_at(h, &reply, "/access_token"), NULL);
    }
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(h->people, sizeof h->people, 1, f) != 1 || fclose(f))
        harness_stop("%s cannot be written", path);
}

/* --- knowing again --- */

const char *harness_token(struct harness *h, const struct person *p, int64_t age)
{
    struct claims claims = {.role = p->role, .ver = 1, .iat = clock_now_ms() / 1000 - age};
    struct buf out;
    claims.exp = claims.iat + token_max_age(p->role);
    memcpy(claims.sub, p->device, sizeof claims.sub);
    memcpy(claims.evt, p->event, sizeof claims.evt);
    memcpy(claims.team, p->team, sizeof claims.team);
    uuid_v7(claims.jti);
    buf_init(&out, &h->arena, 512);
    if (token_issue(h->house->keys, &claims, &out))
        harness_stop("a token cannot be signed");
    return buf_cstr(&out);
}

void people_load(struct harness *h, const char *path)
{
    FILE *f = path ? fopen(path, "rb") : NULL;
    if (path && (!f || fread(h->people, sizeof h->people, 1, f) != 1))
        harness_stop("%s cannot be read", path);
    if (f)
        fclose(f);
    h->people[AS_EXPIRED] = h->people[AS_MEMBER];
    h->people[AS_ADMIN].role = ROLE_ADMIN;
    uuid_v7(h->people[AS_ADMIN].device);
    for (int i = 0; i < AS_COUNT; i++)
        if (h->people[i].role != ROLE_NONE)
            h->tokens[i] = harness_token(h, &h->people[i], i == AS_EXPIRED ? TOKEN_MAX_AGE + 1 : 0);
}

const char *people_value(struct harness *h, const char *name)
{
    const char *dot = strchr(name, '.');
    if (!strncmp(name, "code:", 5))
        return code_of(h, name + 5);
    for (int i = 0; dot && i < AS_COUNT; i++) {
        const struct person *p = &h->people[i];
        const struct {
            const char *name, *value;
        } facts[] = {
            {"id", p->id},          {"device", p->device}, {"event", p->event},       {"team", p->team},
            {"row", p->row},        {"email", p->email},   {"password", p->password}, {"refresh", p->refresh},
            {"token", h->tokens[i]}};
        for (size_t j = 0; j < COUNT(facts); j++)
            if (strlen(names[i]) == (size_t)(dot - name) && !strncmp(name, names[i], (size_t)(dot - name)) &&
                !strcmp(dot + 1, facts[j].name))
                return facts[j].value;
    }
    return NULL;
}
