// adapter.mjs - all that an unmodified RxDB 17 needs to keep a collection of a convening: bring your own client.
//
// `at()` says where the server is; `epoch` is sync/info's: with another one, replicate anew, and RxDB pulls from
// the beginning and pushes what it holds. `revoked()` is called when the device's access has ended: drop the data.
import { replicateRxCollection } from 'rxdb/plugins/replication';
import { Subject } from 'rxjs';

export function replicate(collection, { at, token, epoch, revoked, pushes = false }) {
    const resync = new Subject();
    const end = new AbortController();
    const call = async (path, body, headers = {}) => {
        const method = body ? 'POST' : 'GET';
        const sent = { ...headers, authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) };
        const reply = await fetch(`${at()}/sync/${path}`, { method, headers: sent, body: body && JSON.stringify(body), signal: end.signal });
        if (reply.status === 401) revoked();
        if (!reply.ok) throw new Error(`${method} ${path}: ${reply.status}`);
        return reply;
    };
    const json = async (...what) => (await call(...what)).json();
    const state = replicateRxCollection({
        collection,
        replicationIdentifier: `convened-${epoch}`,
        retryTime: 300,
        pull: {
            batchSize: 100,
            stream$: resync,
            handler: (checkpoint, limit) => json(`${collection.name}/pull?seq=${checkpoint?.seq ?? 0}&limit=${limit}`),
        },
        push: pushes ? { batchSize: 100, handler: (rows) => json(`${collection.name}/push`, rows) } : undefined,
    });
    (async () => {
        for (; !end.signal.aborted; await new Promise((wake) => setTimeout(wake, 300 + Math.random() * 300)))
            await call('stream').then(async (reply) => {
                for await (const part of reply.body) if (`${new TextDecoder().decode(part)}`.includes('resync')) resync.next('RESYNC');
            }).catch(() => resync.next('RESYNC')); // without a stream: poll
    })();
    return { state, stop: () => (end.abort(), state.cancel()) };
}
