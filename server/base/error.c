#include "base/error.h"

static const struct err_info table[ERR_COUNT] = {
#define X(name, status, slug, title) [ERR_##name] = {status, #name, slug, title},
    ERR_LIST(X)
#undef X
};

const struct err_info *err_info(enum err err)
{
    return (unsigned)err < ERR_COUNT ? &table[err] : &table[ERR_INTERNAL];
}
