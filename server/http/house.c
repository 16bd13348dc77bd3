/* house.c - builds what requests share, in the order that each part needs the ones before. */
#include "http/house.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "base/log.h"
#include "http/audit.h"
#include "http/cache.h"
#include "http/hub.h"
#include "http/identity.h"
#include "http/keys.h"
#include "http/limiter.h"
#include "http/metrics.h"
#include "http/router.h"
#include "http/scope.h"
#include "http/whereabouts.h"

static const char EPOCH[] = "SELECT value FROM meta WHERE name = 'epoch'";

static const char *const own_sql[] = {EPOCH, NULL};

enum { READ_DEADLINE_MS = 1000 };

static int make_dir(const char *path, char why[DB_WHY])
{
    if (!mkdir(path, 0700) || errno == EEXIST)
        return 0;
    snprintf(why, DB_WHY, "%s: %s", path, strerror(errno));
    return -1;
}

static struct db *open_db(const struct config *config, const struct feature *const *features,
                          char why[DB_WHY])
{
    const char *const *lists[2 * FEATURES_MAX + 5] = {own_sql, scope_sql, identity_sql, audit_sql};
    static const char *const append_only[] = {"audit", NULL};
    char path[4096];
    const struct feed_source *feeds[FEATURES_MAX + 1] = {0};
    for (int i = 0, n = 0, l = 4; features[i]; i++) {
        lists[l++] = features[i]->sql;
        if (features[i]->due)
            lists[l++] = features[i]->due;
        if (features[i]->feed)
            feeds[n++] = features[i]->feed;
    }
    snprintf(path, sizeof path, "%s/convened.db", config->data);
    return db_open(&(struct db_options){.path = path,
                                        .create = true,
                                        .readers = config->readers,
                                        .read_deadline_ms = READ_DEADLINE_MS,
                                        .feeds = feeds,
                                        .append_only = append_only,
                                        .sql = lists},
                   why);
}

static int read_epoch(struct house *h)
{
    struct conn *c = db_read_begin(h->db, NULL);
    if (!c)
        return -1;
    struct query *q = query_get(c, EPOCH);
    struct str epoch = query_row(q) ? query_get_text(q, 0) : (struct str){0};
    snprintf(h->epoch, sizeof h->epoch, "%.*s", (int)epoch.len, epoch.ptr ? epoch.ptr : "");
    db_read_end(c);
    return *h->epoch ? 0 : -1;
}

static void changed(void *arg, struct str scope, int64_t seq)
{
    hub_changed(arg, scope, seq);
}

static int watch_changes(struct house *h)
{
    int64_t seq = db_on_change(h->db, changed, h->hub);
    if (seq < 0)
        return -1;
    hub_begin(h->hub, seq);
    return 0;
}

/* Every reply may show its event's zone or name. */
static void note_reads(struct house *h)
{
    _Static_assert(FEATURES_MAX <= 255, "a byte names a feature");
    for (int f = 0; h->features[f]; f++)
        for (int g = 0; h->features[g]; g++) {
            struct str rest = str_of(h->features[f]->reads);
            bool depends = f == g || !strcmp(h->features[g]->name, "events");
            while (rest.len && !depends)
                depends = str_is(str_split(&rest, ' '), h->features[g]->name);
            if (depends)
                h->reads[f].of[h->reads[f].n++] = (unsigned char)g;
        }
}

static int build(struct house *h, char why[DB_WHY])
{
    const struct config *config = h->config;
    char path[4096];
    note_reads(h);
    snprintf(path, sizeof path, "%s/files", config->data);
    if (make_dir(config->data, why) || make_dir(path, why))
        return -1;
    snprintf(path, sizeof path, "%s/secrets", config->data);
    if (!(h->keys = keys_open(path, why)) || !(h->db = open_db(config, h->features, why)))
        return -1;
    snprintf(why, DB_WHY, "out of memory");
    unsigned boot = randombytes_random();
    snprintf(h->boot, sizeof h->boot, "%08x", boot);
    if (!(h->hub = hub_create()) || !(h->whereabouts = whereabouts_create()) ||
        !(h->router = router_create(h->features)) || !(h->scope = scope_create(h->db)) ||
        !(h->identity = identity_create(h->hub)) || !(h->limiter = limiter_create()) ||
        !(h->cache = cache_create((size_t)config->cache_mb << 20)) ||
        !(h->metrics = metrics_create(router_count(h->router))) || read_epoch(h) || watch_changes(h) ||
        audit_open(h))
        return -1;
    return 0;
}

struct house *house_open(const struct config *config, const struct feature *const *features, char why[DB_WHY])
{
    const char *fault = features_check(features);
    if (sodium_init() < 0)
        fault = "libsodium does not start";
    /* Hash tables of untrusted keys are seeded before any thread uses one. */
    json_object_seed(0);
    if (fault) {
        snprintf(why, DB_WHY, "%s", fault);
        return NULL;
    }
    struct house *h = calloc(1, sizeof *h);
    if (!h) {
        snprintf(why, DB_WHY, "out of memory");
        return NULL;
    }
    h->config = config;
    h->features = features;
    if (!build(h, why))
        return h;
    house_close(h);
    return NULL;
}

void house_close(struct house *h)
{
    if (!h)
        return;
    metrics_destroy(h->metrics);
    whereabouts_destroy(h->whereabouts);
    cache_destroy(h->cache);
    limiter_destroy(h->limiter);
    identity_destroy(h->identity);
    scope_destroy(h->scope);
    router_destroy(h->router);
    db_close(h->db); /* its last commit still calls the hub */
    hub_destroy(h->hub);
    keys_close(h->keys);
    free(h);
}
