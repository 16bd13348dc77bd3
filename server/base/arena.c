#include "base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_SIZE = 16 * 1024, ALIGN = 16 };

struct arena_block {
    struct arena_block *next;
    _Alignas(ALIGN) char bytes[];
};

struct arena_cleanup {
    struct arena_cleanup *next;
    void (*fn)(void *);
    void *arg;
};

void arena_init(struct arena *a, void *first, size_t size)
{
    *a = (struct arena){.next = first, .end = first ? (char *)first + size : NULL};
}

void arena_finish(struct arena *a)
{
    while (a->cleanups) {
        struct arena_cleanup *c = a->cleanups;
        a->cleanups = c->next;
        c->fn(c->arg);
    }
    while (a->blocks) {
        struct arena_block *b = a->blocks;
        a->blocks = b->next;
        free(b);
    }
    *a = (struct arena){0};
}

void *arena_alloc(struct arena *a, size_t size)
{
    uintptr_t start = ((uintptr_t)a->next + ALIGN - 1) & ~(uintptr_t)(ALIGN - 1);
    if (a->next && start <= (uintptr_t)a->end && size <= (uintptr_t)a->end - start) {
        a->next = (char *)start + size;
        return (char *)start;
    }
    if (size > SIZE_MAX / 2)
        return NULL;
    size_t room = size > BLOCK_SIZE ? size : BLOCK_SIZE;
    struct arena_block *b = malloc(sizeof *b + room);
    if (!b)
        return NULL;
    b->next = a->blocks;
    a->blocks = b;
    /* Keep carving the block that has more room left. */
    if (!a->next || room - size > (size_t)(a->end - a->next)) {
        a->next = b->bytes + size;
        a->end = b->bytes + room;
    }
    return b->bytes;
}

void *arena_zalloc(struct arena *a, size_t size)
{
    void *p = arena_alloc(a, size);
    return p ? memset(p, 0, size) : NULL;
}

char *arena_strndup(struct arena *a, const char *s, size_t len)
{
    char *copy = len < SIZE_MAX ? arena_alloc(a, len + 1) : NULL;
    if (!copy)
        return NULL;
    if (len)
        memcpy(copy, s, len);
    copy[len] = '\0';
    return copy;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int len = vsnprintf(NULL, 0, fmt, ap);
    char *s = len < 0 ? NULL : arena_alloc(a, (size_t)len + 1);
    if (s)
        vsnprintf(s, (size_t)len + 1, fmt, again);
    va_end(again);
    va_end(ap);
    return s;
}

int arena_defer(struct arena *a, void (*fn)(void *), void *arg)
{
    struct arena_cleanup *c = arena_alloc(a, sizeof *c);
    if (!c) {
        fn(arg);
        return -1;
    }
    *c = (struct arena_cleanup){a->cleanups, fn, arg};
    a->cleanups = c;
    return 0;
}
