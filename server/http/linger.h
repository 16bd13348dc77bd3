/* linger.h - ends a connection whose client may still be sending, so that it reads the answer.
 *
 * Closing a socket with unread data resets the connection, and the reset can overtake the answer that says
 * why.
 *
 * Threads: safe. Tests: tests/smoke/hostile_test.mjs
 */
#ifndef CONVENED_HTTP_LINGER_H
#define CONVENED_HTTP_LINGER_H

/* The connection of this process from `address` and `port` to `own_port`, looked for below descriptor `limit`
 * (civetweb keeps its sockets to itself). -1 when there is none. */
int linger_find(const char *address, int port, int own_port, int limit);
/* Says that no more is sent, then reads and drops what comes: until the client is done, 2 s, or 4 MB. The
 * caller closes. */
void linger_drain(int socket);

#endif
