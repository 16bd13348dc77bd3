/* Names of uploaded files: a Content-Disposition header. */
#include "fuzz.h"

#include "http/disposition.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct buf header;
    arena_init(&arena, NULL, 0);
    struct str raw = disposition_read(&arena, (struct str){(const char *)data, size});
    struct str name = disposition_clean(&arena, raw, "jpg jpeg");
    HOLD(name.len > 4 && name.len <= DISPOSITION_NAME && text_is_utf8(name) && !text_has_control(name, NULL));
    for (size_t i = 0; i < name.len; i++)
        HOLD(!strchr("\"\\/:*?<>|", name.ptr[i]));
    HOLD(name.ptr[0] != '.' &&
         (!memcmp(name.ptr + name.len - 4, ".jpg", 4) || !memcmp(name.ptr + name.len - 5, ".jpeg", 5)));
    buf_init(&header, &arena, 512);
    disposition_write(&header, name);
    HOLD(header.len < 500 && !text_has_control(buf_view(&header), NULL));
    for (size_t i = 0; i < header.len; i++)
        HOLD((unsigned char)header.ptr[i] < 0x7F);
    struct str again = disposition_read(&arena, buf_view(&header));
    HOLD(str_eq(again, name));
    HOLD(str_eq(disposition_clean(&arena, again, "jpg jpeg"), name)); /* clean is clean */
    arena_finish(&arena);
    return 0;
}
