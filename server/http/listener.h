/* listener.h - the sockets. The only file that includes civetweb.h.
 *
 * One thread serves one connection, so there are as many threads as connections are allowed. Civetweb parses
 * the head; begin_request answers everything, so none of its file serving, forms, CGI or websocket code is
 * ever reached. Threads: start and stop from one thread. Tests: tests/smoke/
 */
#ifndef CONVENED_HTTP_LISTENER_H
#define CONVENED_HTTP_LISTENER_H

#include "http/house.h"

struct listener;

/* Listens on `address` (ADDR:PORT, port 0 takes a free one) with `threads` workers. NULL with a reason. */
struct listener *listener_start(struct house *house, const char *address, int threads, bool metrics,
                                char why[DB_WHY]);
/* Lets running requests end (up to 2.5 s), then stops all of them side by side. Set the house to draining
 * before. At most two; NULL entries are passed over. */
void listener_stop(struct listener *const listeners[], size_t n);
int listener_port(const struct listener *listener);

#endif
