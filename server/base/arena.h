/* arena.h - memory that lives as long as one request.
 *
 *   first block (caller's stack) ──► block ──► block      freed together by arena_finish()
 *                                    deferred clean-ups   run newest first, before the blocks go
 *
 * Ownership: what arena_alloc() returns belongs to the arena; nobody frees it.
 * Threads: an arena is used by one thread at a time. Tests: tests/unit/arena_test.c
 */
#ifndef CONVENED_BASE_ARENA_H
#define CONVENED_BASE_ARENA_H

#include <stddef.h>

struct arena_block;
struct arena_cleanup;

struct arena {
    char *next; /* free bytes of the current block */
    char *end;
    struct arena_block *blocks;     /* malloc'ed blocks, newest first */
    struct arena_cleanup *cleanups; /* newest first */
};

/* Starts with `first` (caller's, may be NULL with size 0), so that a small request never calls malloc. */
void arena_init(struct arena *a, void *first, size_t size);

/* Runs the deferred clean-ups, newest first, and frees every block. The arena may be used again. */
void arena_finish(struct arena *a);

/* `size` bytes aligned for any type, not zeroed; NULL when memory is out. */
void *arena_alloc(struct arena *a, size_t size);

/* As arena_alloc, zeroed. */
void *arena_zalloc(struct arena *a, size_t size);

/* A NUL-terminated copy of `len` bytes; NULL when memory is out. */
char *arena_strndup(struct arena *a, const char *s, size_t len);

/* printf into the arena; NULL when memory is out. */
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Calls fn(arg) in arena_finish(). When memory is out it calls it now and returns -1, else 0. */
int arena_defer(struct arena *a, void (*fn)(void *), void *arg);

#endif
