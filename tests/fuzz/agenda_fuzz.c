/* Agendas as tables. */
#include "fuzz.h"

#include "features/incoming.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    arena_init(&arena, NULL, 0);
    struct request rq = {.arena = &arena};
    struct import im = {.rq = &rq, .file = {(const char *)data, size}, .rows_are = "rows"};
    struct incoming in;
    im.end = &im.first;
    incoming_init(&in, &im, NULL);
    HOLD(incoming_read_csv(&in));
    int n = 0, line = 1;
    for (struct incoming_session *s = in.first; s; s = s->next, n++) {
        HOLD(s->line > line && s->number == n);
        HOLD(s->faulty || (s->title.len && s->origin.len));
        line = s->line;
    }
    HOLD(n == im.rows);
    arena_finish(&arena);
    return 0;
}
