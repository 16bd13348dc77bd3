#include "http/stack.h"

#include <dlfcn.h>
#include <pthread.h>

__attribute__((visibility("default"))) int pthread_attr_setstacksize(pthread_attr_t *attr, size_t size)
{
    static int (*real)(pthread_attr_t *, size_t);
    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "pthread_attr_setstacksize");
    return real(attr, size < STACK_MIN ? STACK_MIN : size);
}

size_t stack_size(void)
{
    pthread_attr_t attr;
    void *low;
    size_t size = 0;
    if (pthread_getattr_np(pthread_self(), &attr))
        return 0;
    pthread_attr_getstack(&attr, &low, &size);
    pthread_attr_destroy(&attr);
    return size;
}
