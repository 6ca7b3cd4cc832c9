// Requests to the console, and its errors as one kind of exception.

export interface Connection {
  /** Where the console is, with its path prefix: https://example.org/debrief */
  url: string;
  /** A JWT, or what fetches one: asked for at every request, so that it may be renewed. */
  token?: string | (() => string | Promise<string>) | undefined;
  fetch?: typeof globalThis.fetch | undefined;
}

/** What the console or PostgreSQL said; status 0: the console was not reached. */
export class DebriefError extends Error {
  override name = 'DebriefError';
  readonly status: number;
  readonly sqlstate: string | null;
  readonly hint: string | null;
  /** Seconds to wait, where the server says so. */
  readonly retryAfter: number | null;

  constructor(message: string, status: number, sqlstate: string | null = null, hint: string | null = null,
    retryAfter: number | null = null) {
    super(message);
    this.status = status;
    this.sqlstate = sqlstate;
    this.hint = hint;
    this.retryAfter = retryAfter;
  }
}

export const address = (to: Connection, path: string) => `${to.url.replace(/\/+$/, '')}/${path}`;

/** The answer when it is good, or a DebriefError. */
export async function request(to: Connection, path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  const token = typeof to.token === 'function' ? await to.token() : to.token;
  if (token) headers.set('Authorization', `Bearer ${token}`);
  let response: Response;
  try {
    response = await (to.fetch ?? globalThis.fetch)(address(to, path), { credentials: 'same-origin', ...init, headers });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new DebriefError('The server cannot be reached.', 0);
  }
  if (response.ok) return response;
  throw await refusal(response);
}

async function refusal(response: Response): Promise<DebriefError> {
  const wait = Number(response.headers.get('Retry-After')) || null;
  try {
    const { error } = (await response.json()) as { error: { message: string; sqlstate: string | null; hint: string | null } };
    if (typeof error.message !== 'string') throw new TypeError();
    return new DebriefError(error.message, response.status, error.sqlstate, error.hint, wait);
  } catch {
    return new DebriefError(`The server answers with status ${response.status}.`, response.status, null, null, wait);
  }
}

/** A proxy's page, or half an answer, is a DebriefError as well. */
async function bodyOf<T>(response: Response, signal?: AbortSignal): Promise<T> {
  try {
    return (await response.json()) as T;
  } catch (error) {
    if (signal?.aborted) throw error;
    if (error instanceof SyntaxError) throw new DebriefError('The server\'s answer is not JSON.', response.status);
    throw new DebriefError('The connection broke.', 0);
  }
}

export async function getJson<T>(to: Connection, path: string, signal?: AbortSignal): Promise<T> {
  const response = await request(to, path, { headers: { Accept: 'application/json' }, ...(signal && { signal }) });
  return bodyOf<T>(response, signal);
}

export async function postJson<T>(to: Connection, path: string, body: unknown): Promise<T> {
  const response = await request(to, path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
    body: JSON.stringify(body),
  });
  return response.status === 204 ? (undefined as T) : bodyOf<T>(response);
}
