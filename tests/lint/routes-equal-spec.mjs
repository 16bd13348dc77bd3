// routes-equal-spec.mjs - holds `convened routes` (stdin) equal to api-spec/openapi.yaml, in both directions.
//
// A line is `METHOD path operationId role,role…`, separated by blanks. One test an operation of either side.
import { createInterface } from 'node:readline';
import { loadSpec, operations, tap } from './contract.mjs';

const describe = (op) => `${op.method} ${op.path} for ${[...op.access].sort().join(',')}`;

function parseRoute(line) {
  const [method, path, id, access, ...rest] = line.trim().split(/\s+/);
  if (!access || rest.length) throw new Error(`not a route: ${line}`);
  return { id, method, path, access: access.split(',') };
}

const out = tap();
const routes = new Map();
const twice = [];
for await (const line of createInterface({ input: process.stdin })) {
  if (line.trim() === '') continue;
  const route = parseRoute(line);
  if (routes.has(route.id)) twice.push(`${route.id} is a route twice`);
  routes.set(route.id, route);
}
const documented = operations(loadSpec());

out.test(`${routes.size} routes have different names`, twice);
for (const op of documented) {
  const route = routes.get(op.id);
  const complaints = [];
  if (!route) complaints.push('no route has this operationId');
  else if (describe(route) !== describe(op)) {
    complaints.push(`the contract: ${describe(op)}`, `the route:    ${describe(route)}`);
  }
  out.test(`${op.id} is routed as documented`, complaints);
  routes.delete(op.id);
}
for (const route of routes.values()) out.test(`${route.id} is documented`, [describe(route)]);
out.end();
