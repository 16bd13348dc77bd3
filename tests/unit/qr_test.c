#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "features/qr.h"

static const char *svg(struct arena *a, const char *text)
{
    struct buf b;
    buf_init(&b, a, 256);
    return qr_svg(&b, str_of(text)) ? buf_cstr(&b) : NULL;
}

/* Twenty-five bytes fit version 2 (25 modules) at level M, and a margin of four goes around it. */
static void draws_a_code_with_its_margin(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, NULL, 0);
    const char *drawn = svg(&a, "ALAM-7K3QM-9F2WD-ALAM-7K3");
    assert_non_null(drawn);
    assert_non_null(strstr(drawn, "viewBox=\"0 0 33 33\""));
    assert_non_null(strstr(drawn, "M4 4.5h7")); /* the top edge of the first finder pattern */
    assert_null(strstr(drawn, "ALAM"));
    arena_finish(&a);
}

static void says_when_a_text_does_not_fit(void **state)
{
    (void)state;
    static char longest[4000];
    struct arena a;
    arena_init(&a, NULL, 0);
    memset(longest, 'a', sizeof longest - 1);
    assert_null(svg(&a, longest));
    arena_finish(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(draws_a_code_with_its_margin),
        cmocka_unit_test(says_when_a_text_does_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
