/* Agendas as schedule.xml. */
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
    HOLD(incoming_read_schedule(&in));
    int n = 0;
    for (struct incoming_session *s = in.first; s; s = s->next, n++) {
        HOLD(s->faulty || (s->title.len && s->origin.len && s->ends_at > s->starts_at));
        HOLD(s->line > 0 && s->n_speakers <= INCOMING_SPEAKERS_MAX && text_is_utf8(s->title));
    }
    HOLD(n == im.rows);
    arena_finish(&arena);
    return 0;
}
