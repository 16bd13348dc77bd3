/* arena_fixture.h - an arena for each test of a file, and text that ends where it says.
 *
 * Threads: one.
 */
#ifndef CONVENED_TESTS_ARENA_FIXTURE_H
#define CONVENED_TESTS_ARENA_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h wants the four above */
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/text.h"

static struct arena arena;

static inline int set_up(void **state)
{
    (void)state;
    arena_init(&arena, NULL, 0);
    return 0;
}

static inline int tear_down(void **state)
{
    (void)state;
    arena_finish(&arena);
    return 0;
}

/* A copy that ends where it says, so that the sanitizer sees a byte read too far. */
static inline struct str exact(const char *bytes, size_t len)
{
    char *p = malloc(len ? len : 1);
    assert_non_null(p);
    memcpy(p, bytes, len);
    arena_defer(&arena, free, p);
    return (struct str){p, len};
}

static inline struct str tight(const char *s)
{
    return exact(s, strlen(s));
}

#endif
