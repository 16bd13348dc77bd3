/* stack.h - room for civetweb's workers.
 *
 * Debian's civetweb gives its threads stacks of 100 KiB, which a nested token overflows inside libjwt and
 * jansson. stack.c stands before libc's pthread_attr_setstacksize() in the symbol order (the program is
 * linked with -rdynamic) and asks for 1 MiB at least; the listener refuses to run when a worker shows that it
 * was not reached.
 *
 * Threads: safe. Tests: tests/smoke/hostile_test.mjs
 */
#ifndef CONVENED_HTTP_STACK_H
#define CONVENED_HTTP_STACK_H

#include <stddef.h>

enum { STACK_MIN = 1024 * 1024 };

size_t stack_size(void); /* of the calling thread, bytes; 0 when it cannot be told */

#endif
