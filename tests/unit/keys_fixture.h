/* keys_fixture.h - an empty directory for keys, and what the tests of keys ask of it.
 *
 * Threads: none.
 */
#ifndef CONVENED_TESTS_KEYS_FIXTURE_H
#define CONVENED_TESTS_KEYS_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
/* cmocka.h wants the two above */
#include <cmocka.h>
#include <dirent.h>
#include <string.h>

#include "http/keys.h"
#include "http/signing.h"
#include "temp_dir.h"

struct fixture {
    struct temp_dir t;
    struct arena arena;
    char why[KEYS_WHY];
    char kid[KEYS_KID];
};

static inline int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    *state = f;
    arena_init(&f->arena, NULL, 0);
    return temp_make(&f->t);
}

static inline int tear_down(void **state)
{
    struct fixture *f = *state;
    temp_remove(&f->t);
    arena_finish(&f->arena);
    free(f);
    return 0;
}

/* Opening must fail, in one line that holds both texts. */
static inline void assert_refused(struct fixture *f, const char *file, const char *mend)
{
    f->why[0] = '\0';
    struct keys *keys = keys_open(f->t.path, f->why);
    if (keys)
        keys_close(keys);
    assert_null(keys);
    if (!strstr(f->why, file) || !strstr(f->why, mend) || strchr(f->why, '\n'))
        fail_msg("wanted %s and %s in: %s", file, mend, f->why);
}

static inline struct keys *open_good(struct fixture *f)
{
    struct keys *keys = keys_open(f->t.path, f->why);
    if (!keys)
        fail_msg("%s", f->why);
    return keys;
}

static inline int count_files(struct fixture *f, const char *suffix)
{
    int count = 0;
    DIR *dir = opendir(f->t.path);
    assert_non_null(dir);
    for (struct dirent *e; (e = readdir(dir));) {
        size_t len = strlen(e->d_name), end = strlen(suffix);
        count += len > end && strcmp(e->d_name + len - end, suffix) == 0;
    }
    closedir(dir);
    return count;
}

static inline mode_t mode_of(struct fixture *f, const char *name)
{
    struct stat st;
    assert_int_equal(stat(temp_path(&f->t, name), &st), 0);
    return st.st_mode & 0777;
}

static inline const char *pem_name(char out[64], const char *kid)
{
    snprintf(out, 64, "jwt-%s.pem", kid);
    return out;
}

static inline void add_key(struct fixture *f, const char *kid)
{
    char name[64];
    char *pem = pem_create();
    assert_non_null(pem);
    temp_write(&f->t, pem_name(name, kid), pem, strlen(pem), 0600);
    pem_free(pem);
}

#endif
