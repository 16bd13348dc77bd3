#include "harness/parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "features/features.h"

/* The harness looks into the database, too: its SQL is prepared like any feature's. */
static const struct route no_routes[] = {{0}};
static const struct feature feature_harness = {.name = "harness", .routes = no_routes, .sql = people_sql};

void harness_stop(const char *fmt, ...)
{
    va_list ap;
    printf("not ok 1 - the harness is ready: ");
    va_start(ap, fmt);
    vprintf(fmt, ap);
    va_end(ap);
    printf("\n1..1\n");
    exit(1);
}

static void open_house(struct harness *h)
{
    char why[DB_WHY] = "";
    h->house = house_open(&h->config, h->features, why);
    if (!h->house)
        harness_stop("%s", why);
}

struct harness *harness_create(const char *data)
{
    struct harness *h = calloc(1, sizeof *h);
    size_t n = 0;
    if (!h)
        harness_stop("memory is out");
    for (; n < FEATURES_MAX - 1 && features[n]; n++)
        h->features[n] = features[n];
    if (features[n])
        harness_stop("FEATURES_MAX leaves no room for the harness' own");
    h->features[n] = &feature_harness;
    snprintf(h->data, sizeof h->data, "%s", data);
    config_defaults(&h->config);
    h->config.data = h->data;
    h->config.readers = 2; /* each costs its statements at every opening, and there are many */
    arena_init(&h->arena, NULL, 0);
    arena_init(&h->scratch, NULL, 0);
    open_house(h);
    return h;
}

void harness_destroy(struct harness *h)
{
    house_close(h->house);
    arena_finish(&h->scratch);
    arena_finish(&h->arena);
    free(h);
}

struct harness *harness_open(bool seeded)
{
    char data[] = "/tmp/convened-test-XXXXXX", people[64];
    if (!mkdtemp(data))
        harness_stop("/tmp takes no directory");
    if (seeded)
        template_copy(data);
    struct harness *h = harness_create(data);
    snprintf(people, sizeof people, "%s/people", data);
    people_load(h, seeded ? people : NULL);
    return h;
}

void harness_close(struct harness *h)
{
    char data[sizeof h->data];
    memcpy(data, h->data, sizeof data);
    harness_destroy(h);
    template_remove(data);
}

void harness_restart(struct harness *h)
{
    house_close(h->house);
    open_house(h);
}
