// wire.mjs - requests over kept-alive connections, and the ways in which a network loses them.
//
//   lost       never sent
//   unheard    sent and answered; the client never hears the answer
//   aborted    sent; the client hangs up at once, while the server works on it
import http from 'node:http';

export class Lost extends Error {}

export const EVENT = '/v1/events/csec2015';

export class Wire {
    // `heard(who, request, text, before)` sees every body that anybody is sent; `before` is what
    // `asking(who)` returned when the request left.
    constructor(server, { asking, heard }) {
        this.server = server;
        this.agent = new http.Agent({ keepAlive: true, maxSockets: 64 });
        this.asking = asking;
        this.heard = heard;
        this.pushes = 0; // in flight
        this.requests = 0;
    }

    async ask(who, method, path, body, fault) {
        if (fault === 'lost') throw new Lost('lost');
        const push = path.endsWith('/push');
        this.pushes += push;
        this.requests++;
        try {
            const reply = await this.send(who, method, path, body, fault === 'aborted');
            if (fault === 'unheard') throw new Lost('unheard');
            return reply;
        } finally {
            this.pushes -= push;
        }
    }

    send(who, method, path, body, abort) {
        const before = this.asking(who);
        const bytes = body === undefined ? undefined : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
        const headers = {};
        if (who.token) headers.authorization = `Bearer ${who.token}`;
        if (who.match) headers['if-match'] = who.match;
        if (bytes) Object.assign(headers, { 'content-type': 'application/json', 'content-length': bytes.length });
        const to = { host: '127.0.0.1', port: this.server.port, method, path, headers, agent: this.agent };
        return new Promise((resolve, reject) => {
            const request = http.request(to, (answer) => {
                const parts = [];
                answer.on('data', (part) => parts.push(part));
                answer.on('error', () => reject(new Lost('cut')));
                answer.on('end', () => {
                    const text = Buffer.concat(parts).toString('utf8');
                    this.heard(who, `${method} ${path}`, text, before);
                    let json;
                    try {
                        json = text ? JSON.parse(text) : undefined;
                    } catch {
                        return reject(new Error(`${method} ${path}: ${answer.statusCode}, not JSON: ${text.slice(0, 200)}`));
                    }
                    return resolve({ status: answer.statusCode, headers: answer.headers, text, json });
                });
            });
            request.on('error', (error) => reject(new Lost(error.code ?? error.message)));
            request.setTimeout(20000, () => request.destroy());
            request.end(bytes);
            if (abort) request.on('finish', () => setTimeout(() => request.destroy(), 2));
        });
    }

    // A stream of events: `woken` at each; returns the function that cuts it.
    stream(who, woken) {
        const before = this.asking(who);
        const headers = { authorization: `Bearer ${who.token}`, accept: 'text/event-stream' };
        const to = { host: '127.0.0.1', port: this.server.port, path: `${EVENT}/sync/stream`, headers, agent: false };
        const request = http.request(to, (answer) => {
            answer.on('data', (part) => {
                this.heard(who, 'GET stream', part.toString('utf8'), before);
                woken();
            });
            answer.on('error', () => {});
        });
        request.on('error', () => {});
        request.end();
        return () => request.destroy();
    }
}
