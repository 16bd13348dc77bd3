#include "http/router.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct node {
    struct str segment; /* literal text, or a parameter's name */
    struct node *child, *sibling;
    struct node *param; /* child that takes any segment */
    const struct route *routes[METHOD_COUNT];
    int features[METHOD_COUNT];
};

struct router {
    struct node root;
    const struct route **routes; /* by number */
    int count;
};

static const char *const names[METHOD_COUNT] = {"GET", "POST", "PUT", "PATCH", "DELETE"};

const char *method_name(enum method method)
{
    return (unsigned)method < METHOD_COUNT ? names[method] : "?";
}

static struct node *node_child(struct node *parent, struct str segment)
{
    bool is_param = segment.len > 1 && segment.ptr[0] == '{';
    if (is_param) {
        segment = (struct str){segment.ptr + 1, segment.len - 2};
        if (parent->param)
            return parent->param;
    }
    for (struct node *n = is_param ? NULL : parent->child; n; n = n->sibling)
        if (str_eq(n->segment, segment))
            return n;
    struct node *n = calloc(1, sizeof *n);
    if (!n)
        return NULL;
    n->segment = segment;
    if (is_param) {
        parent->param = n;
    } else {
        n->sibling = parent->child;
        parent->child = n;
    }
    return n;
}

static int insert(struct router *r, const struct route *route, int feature)
{
    struct node *n = &r->root;
    struct str rest = str_of(route->path + 1), segment;
    while (rest.ptr) {
        segment = str_split(&rest, '/');
        if (!(n = node_child(n, segment)))
            return -1;
    }
    n->routes[route->method] = route;
    n->features[route->method] = feature;
    r->routes[r->count++] = route;
    return 0;
}

static int by_address(const void *a, const void *b)
{
    const struct route *const *x = a, *const *y = b;
    return (*x > *y) - (*x < *y);
}

struct router *router_create(const struct feature *const *features)
{
    size_t n = 0;
    for (const struct feature *const *f = features; *f; f++)
        for (const struct route *route = (*f)->routes; route->path; route++)
            n++;
    struct router *r = calloc(1, sizeof *r);
    if (!r || !(r->routes = calloc(n + 1, sizeof *r->routes)))
        goto fail;
    for (int f = 0; features[f]; f++)
        for (const struct route *route = features[f]->routes; route->path; route++)
            if (insert(r, route, f))
                goto fail;
    qsort(r->routes, n, sizeof *r->routes, by_address);
    return r;
fail:
    router_destroy(r);
    return NULL;
}

static void node_free(struct node *n)
{
    while (n) {
        struct node *next = n->sibling;
        node_free(n->child);
        node_free(n->param);
        free(n);
        n = next;
    }
}

void router_destroy(struct router *r)
{
    if (!r)
        return;
    node_free(r->root.child);
    node_free(r->root.param);
    free(r->routes);
    free(r);
}

static enum err not_allowed(struct request *rq, const struct node *n)
{
    char allow[64] = "";
    for (int m = 0; m < METHOD_COUNT; m++)
        if (n->routes[m])
            snprintf(allow + strlen(allow), sizeof allow - strlen(allow), "%s%s", *allow ? ", " : "",
                     names[m]);
    reply_header(rq, "Allow", "%s", allow);
    return fail(rq, ERR_METHOD_NOT_ALLOWED, "this path takes %s", allow);
}

static const struct node *step(const struct node *n, struct str segment, struct request *rq, int *n_params)
{
    for (const struct node *c = n->child; c; c = c->sibling)
        if (str_eq(c->segment, segment))
            return c;
    if (!n->param || !segment.len || *n_params >= PARAMS_MAX)
        return NULL;
    rq->param_names[*n_params] = n->param->segment;
    rq->params[(*n_params)++] = segment;
    return n->param;
}

enum err router_match(const struct router *r, struct request *rq)
{
    struct str rest = rq->in->path, segment;
    int n_params = 0;
    if (!rest.len || rest.ptr[0] != '/')
        return fail(rq, ERR_BAD_REQUEST, "the path must begin with a slash");
    rest = (struct str){rest.ptr + 1, rest.len - 1};
    const struct node *n = &r->root;
    while (rest.ptr) {
        segment = str_split(&rest, '/');
        if (!text_decode_uri(rq->arena, segment, false, &segment))
            return fail(rq, ERR_BAD_REQUEST,
                        "the path has an escape, a byte or an encoded slash that is not taken");
        n = n ? step(n, segment, rq, &n_params) : NULL; /* go on: a bad escape further on is still 400 */
    }
    if (!n)
        return fail(rq, ERR_NOT_FOUND, "no such path");
    rq->route = n->routes[rq->method];
    rq->feature = n->features[rq->method];
    if (rq->route)
        return ERR_OK;
    for (int m = 0; m < METHOD_COUNT; m++)
        if (n->routes[m])
            return not_allowed(rq, n);
    return fail(rq, ERR_NOT_FOUND, "no such path");
}

int router_count(const struct router *r)
{
    return r->count;
}

int router_number(const struct router *r, const struct route *route)
{
    const struct route **found = bsearch(&route, r->routes, (size_t)r->count, sizeof *r->routes, by_address);
    return found ? (int)(found - r->routes) : -1;
}

const char *features_check(const struct feature *const *features)
{
    static char why[160];
    for (int f = 0; features[f]; f++) {
        if (f >= FEATURES_MAX)
            return "more features than FEATURES_MAX";
        for (const struct route *row = features[f]->routes; row->path; row++) {
            const char *lacks = !row->access      ? "access"
                                : !row->handler   ? "a handler"
                                : !row->operation ? "an operation"
                                                  : NULL;
            if (lacks) {
                snprintf(why, sizeof why, "route %s %s has no %s", method_name(row->method), row->path,
                         lacks);
                return why;
            }
        }
        struct str rest = str_of(features[f]->reads);
        while (rest.len) {
            struct str name = str_split(&rest, ' ');
            int found = 0;
            for (int g = 0; features[g]; g++)
                found |= str_is(name, features[g]->name);
            if (!found) {
                snprintf(why, sizeof why, "feature %s reads %.*s, which is none", features[f]->name,
                         (int)name.len, name.ptr);
                return why;
            }
        }
    }
    return NULL;
}
