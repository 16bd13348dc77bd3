/* Uploaded files: TYPE-BYTE then the bytes, against each type of the list. */
#include "fuzz.h"

#include <sys/mman.h>
#include <unistd.h>

#include "features/media.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const types[] = {
        "application/pdf",
        "image/png",
        "image/jpeg",
        "text/csv",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    };
    static int fd = -1;
    if (fd < 0)
        fd = memfd_create("media", MFD_CLOEXEC);
    if (!size)
        return 0;
    struct str bytes = {(const char *)data + 1, size - 1};
    const struct media *media = media_find(str_of(types[data[0] % 7]));
    HOLD(media && fd >= 0);
    HOLD(!ftruncate(fd, 0) && pwrite(fd, bytes.ptr, bytes.len, 0) == (ssize_t)bytes.len);
    bool good = media_check(media, fd, (int64_t)bytes.len);
    if (data[0] % 7 == 3)
        HOLD(good == (text_is_utf8(bytes) && !text_has_control(bytes, "\t\r\n")));
    media_find(bytes);
    return 0;
}
