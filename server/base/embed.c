#include "base/embed.h"

#include <string.h>

const struct embedded *embed_find(const char *name)
{
    for (const struct embedded *e = embedded; e->name; e++)
        if (!strcmp(e->name, name))
            return e;
    return NULL;
}
