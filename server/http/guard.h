/* guard.h - three functions of libc that stand between civetweb and the system, and what they make possible.
 *
 * The program is linked with -rdynamic, so that its own pthread_attr_setstacksize(), poll() and recv() come
 * before libc's in the symbol order, for civetweb, too. The listener refuses to run, or to answer, when they
 * are not reached.
 *
 *   - Debian's civetweb gives its threads stacks of 100 KiB, which a nested token overflows inside libjwt and
 *     jansson: they get 1 MiB at least.
 *   - It reads a body for as long as a byte comes now and then: a thread can set the moment past which it
 * does not.
 *   - It looks every 2 s whether it is to stop: its threads can be woken.
 *   - It closes a socket with unread data, which resets the connection, and the reset can overtake the answer
 *     that says why: the rest can be dropped first.
 *   - It does not tell where its buffer begins, so that what it skipped before a request could not be seen: a
 *     thread's first recv() goes there.
 *
 * Threads: each has its own deadline, wake-up, socket and first read. Tests: tests/smoke/hostile_test.mjs
 */
#ifndef CONVENED_HTTP_GUARD_H
#define CONVENED_HTTP_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { GUARD_STACK = 1024 * 1024 };

size_t guard_stack(void); /* of the calling thread, bytes; 0 when it cannot be told */

/* From this moment (clock_monotonic_us) on, poll() fails on this thread; 0 for never. */
void guard_deadline(int64_t us);

/* poll() of one descriptor on this thread also ends, with nothing found, when `fd` can be read; -1 for none.
 */
void guard_wake_on(int fd);

/* Where the first recv() on this thread put its bytes; NULL before it. Civetweb has one buffer a thread. */
const char *guard_first_read(void);

/* Has the client closed its end of the socket that this thread polled last? Does not wait. */
bool guard_reader_gone(void);

/* Says on the socket that this thread polled last that no more is sent, then reads and drops what comes:
 * until the client is done, 2 s, or 64 MB. The caller closes. */
void guard_linger(void);

#endif
