// Golden requests: what an official SDK sent, without what differs from call to call.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('golden/', import.meta.url));

// Fields of the SDK's own or of HTTP's machinery; a client of the service need not send them.
const NOT_REQUIRED = new RegExp('^(host|connection|content-length|user-agent|accept|accept-.*|'
  + 'x-goog-api-client|x-goog-request-params|x-stainless-.*|amz-sdk-.*|x-amz-user-agent|'
  + 'x-amz-checksum-.*|x-amz-sdk-.*|x-client-info|x-fern-.*|x-supabase-.*|x-server-timeout|'
  + 'expect|transfer-encoding|sec-fetch-.*|pragma)$');
const NOT_REQUIRED_QUERY = /^(x-id|\$alt)$/;
const NAMELESS = [
  [/^sha256:/, '<secret>'], [/^[0-9]{8}T[0-9]{6}Z$/, '<date>'], [/^Bearer .*/, '<secret>'],
];

// Requests that were refused on purpose are no examples.
export function record(service, lines) {
  const requests = lines.filter((line) => line.status < 400).map((line) => {
    const body = bodyOf(line);
    return {
      method: line.method,
      path: line.path.replace(/\/files\/[A-Za-z0-9_-]+$/, '/files/<id>'),
      query: line.query.filter(([name]) => !NOT_REQUIRED_QUERY.test(name))
        .map(([name, value]) => [name, name === 'upload_id' ? '<id>' : value]),
      headers: headersOf(line, body),
      body,
      status: line.status,
    };
  });
  writeFileSync(`${FOLDER}${service}.json`, `${JSON.stringify(requests, null, 2)}\n`);
}

function headersOf(line, body) {
  const headers = {};
  for (const name of Object.keys(line.headers).sort()) {
    // fetch() adds both fields when it is told not to cache; no service asks for them.
    const isOfFetch = name === 'cache-control' && 'pragma' in line.headers;
    const isOfNothing = name === 'content-type' && line.body_bytes === 0;
    if (!NOT_REQUIRED.test(name) && !isOfFetch && !isOfNothing) {
      headers[name] = nameless(line.headers[name]);
    }
  }
  // The order of a JSON body's members is free, so its digest is no one's to expect.
  if (body?.json && headers['x-amz-content-sha256']) headers['x-amz-content-sha256'] = '<sha256>';
  return headers;
}

function nameless(value) {
  return NAMELESS.reduce((text, [pattern, name]) => (pattern.test(text) ? name : text), value);
}

// JSON as a value, bytes by their length and digest.
function bodyOf(line) {
  if (line.body_bytes === 0) return null;
  try {
    return { json: JSON.parse(withoutIds(line.body)) };
  } catch {
    return { bytes: line.body_bytes, sha256: line.body_sha256 };
  }
}

function withoutIds(text) {
  return (text ?? '').replace(/http:\/\/127\.0\.0\.1:[0-9]+\/v1beta\/files\/[A-Za-z0-9_-]+/g,
    'https://<host>/v1beta/files/<id>');
}
