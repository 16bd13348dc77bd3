// hostile.mjs - what the hostile suites share: one request, one refusal as problem+json, one process that lives on.
import { check, get, head, raw, same, test } from './lib.mjs';

export function isProblem(reply, statuses) {
    check(reply, 'there was no reply');
    check([statuses].flat().includes(reply.status), () => `got ${reply.line} ${reply.text}, wanted ${statuses}`);
    same(reply.headers['content-type'], 'application/problem+json', 'content type');
    same(reply.headers['x-content-type-options'], 'nosniff', 'sniffing');
    same(reply.headers['cache-control'], 'no-store', 'caching');
    const body = JSON.parse(reply.text);
    check(/^\/problems\/[a-z-]+$/.test(body.type), `type ${body.type}`);
    check(typeof body.title === 'string' && body.title, `title ${body.title}`);
    check(typeof body.detail === 'string' && body.detail, `detail ${body.detail}`);
    same(body.status, reply.status, 'status in the body');
    check(/^[0-9a-f]{16}$/.test(body.instance), `instance ${body.instance}`);
    same(reply.headers['x-request-id'], body.instance, 'request id');
    return body;
}

// The checks of one server.
export function against(server) {
    const { port, url } = server;

    async function lives() {
        same((await get(`${url}/healthz`)).status, 200, 'the next good request');
        check(server.code === undefined, () => `the process ended: ${server.err}`);
    }

    // `more(got, body)` looks closer.
    const refused = (name, request, statuses, more) => test(name, async () => {
        const got = await raw(port, request, { replies: 1 });
        const body = isProblem(got.replies[0], statuses);
        await more?.(got, body);
        await lives();
    });

    // As refused(), and what follows on the connection is not taken for a request.
    const cut = (name, request, statuses) => test(name, async () => {
        const got = await raw(port, [request, head('GET', '/healthz')].flat());
        isProblem(got.replies[0], statuses);
        same(got.replies.length, 1, 'replies');
        check(got.closed, 'the connection stays open');
        same(got.replies[0].headers.connection, 'close', 'Connection');
        await lives();
    });

    const served = (name, request, statuses, more, options = { replies: 1 }) => test(name, async () => {
        const got = await raw(port, request, options);
        const last = got.replies.at(-1);
        check([statuses].flat().includes(last?.status), () => `got ${last?.line} ${last?.text}, wanted ${statuses}`);
        await more?.(got);
        await lives();
    });

    // The sanitizers have seen nothing, leaks at the end included.
    const unharmed = () => test('the process ends well, and the sanitizers are silent', async () => {
        await server.stop();
        same([server.code, server.signal], [0, null], `exit (${server.err.slice(-4000)})`);
        check(!/Sanitizer|runtime error/.test(server.err), () => server.err.slice(-4000));
    });

    return { lives, refused, cut, served, unharmed };
}
