/* The archive's own tests: what Python's zipfile, another program, reads of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "features/zip.h"
#include "http/deflate.h"

static void known_bytes_have_known_sums(void **state)
{
    (void)state;
    assert_int_equal(deflate_crc(STR("123456789")), 0xCBF43926); /* the check value of CRC-32 */
    assert_int_equal(deflate_crc(STR("")), 0);
}

static void make(struct arena *a, struct buf *out)
{
    struct zip zip;
    char *zeros = arena_zalloc(a, 100000);
    buf_init(out, a, 0);
    zip_begin(&zip, out);
    zip_add(&zip, "a/short.txt", STR("x"));
    zip_add(&zip, "empty", STR(""));
    zip_add(&zip, "zeros", (struct str){zeros, 100000});
    zip_end(&zip);
}

static void another_program_reads_it(void **state)
{
    static const char program[] =
        "python3 -c 'import sys,io,zipfile; z=zipfile.ZipFile(io.BytesIO(sys.stdin.buffer.read()));"
        " assert z.testzip() is None; assert z.namelist()==[\"a/short.txt\",\"empty\",\"zeros\"], "
        "z.namelist();"
        " assert z.read(\"a/short.txt\")==b\"x\" and z.read(\"empty\")==b\"\";"
        " assert z.read(\"zeros\")==bytes(100000) and z.getinfo(\"zeros\").compress_size<1000;"
        " assert all(i.date_time==(1980,1,1,0,0,0) for i in z.infolist())'";
    struct arena arena;
    struct buf out;
    (void)state;
    arena_init(&arena, NULL, 0);
    make(&arena, &out);
    assert_false(out.failed);
    FILE *python = popen(program, "w");
    assert_non_null(python);
    assert_int_equal(fwrite(out.ptr, 1, out.len, python), out.len);
    assert_int_equal(pclose(python), 0);
    arena_finish(&arena);
}

static void the_same_content_gives_the_same_bytes(void **state)
{
    struct arena arena;
    struct buf one, two;
    (void)state;
    arena_init(&arena, NULL, 0);
    make(&arena, &one);
    make(&arena, &two);
    assert_int_equal(one.len, two.len);
    assert_memory_equal(one.ptr, two.ptr, one.len);
    arena_finish(&arena);
}

static void one_entry_too_many_fails(void **state)
{
    struct arena arena;
    struct buf out;
    struct zip zip;
    (void)state;
    arena_init(&arena, NULL, 0);
    buf_init(&out, &arena, 0);
    zip_begin(&zip, &out);
    for (int i = 0; i < ZIP_ENTRIES; i++)
        zip_add(&zip, "x", STR("x"));
    assert_false(out.failed);
    zip_add(&zip, "x", STR("x"));
    assert_true(out.failed);
    arena_finish(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_bytes_have_known_sums),
        cmocka_unit_test(another_program_reads_it),
        cmocka_unit_test(the_same_content_gives_the_same_bytes),
        cmocka_unit_test(one_entry_too_many_fails),
    };
    return cmocka_run_group_tests_name("zip", tests, NULL, NULL);
}
