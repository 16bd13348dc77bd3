/* Agendas as Sessionize gives them. */
#include "fuzz.h"

#include "features/incoming.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    arena_init(&arena, NULL, 0);
    struct request rq = {.arena = &arena};
    struct import im = {.rq = &rq, .file = {(const char *)data, size}};
    struct incoming in;
    im.end = &im.first;
    incoming_init(&in, &im, NULL);
    HOLD(incoming_read_sessionize(&in));
    int n = in.skipped;
    for (struct incoming_session *s = in.first; s; s = s->next, n++) {
        HOLD(s->faulty || (s->title.len && s->origin.len && text_is_utf8(s->title)));
        for (size_t i = 0; i < s->n_speakers; i++)
            HOLD(s->speakers[i]);
    }
    HOLD(n == im.rows);
    arena_finish(&arena);
    return 0;
}
