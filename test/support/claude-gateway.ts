/** The gateway mode of the real `claude` program: with a scripted identity provider, a real PostgreSQL, an upstream. */
import { spawn } from 'node:child_process';
import { createSign, generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { LoopbackServer } from './loopback.ts';

export const gatewayKey = 'fake-upstream-key-of-the-gateway';
const clientId = 'ccp-test';

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** An identity provider that signs everyone in as the same developer. */
class IdentityProvider extends LoopbackServer {
  readonly #keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
  #nonce = '';

  static start(): Promise<IdentityProvider> {
    return new IdentityProvider().listening();
  }

  protected async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url);
    const query = (name: string) => url.searchParams.get(name) ?? '';
    if (url.pathname === '/authorize') {
      this.#nonce = query('nonce');
      const location = `${query('redirect_uri')}?code=fake-code&state=${encodeURIComponent(query('state'))}`;
      return void response.writeHead(302, { location }).end();
    }
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(this.#document(url.pathname)));
  }

  #document(path: string): object {
    if (path === '/jwks')
      return { keys: [{ ...this.#keys.publicKey.export({ format: 'jwk' }), kid: 'k', alg: 'RS256', use: 'sig' }] };
    if (path === '/token')
      return { access_token: 'fake', token_type: 'Bearer', expires_in: 3_600, id_token: this.#idToken() };
    if (path === '/userinfo') return { sub: 'dev-1', email: 'dev@example.org' };
    return {
      issuer: this.url,
      authorization_endpoint: `${this.url}/authorize`,
      token_endpoint: `${this.url}/token`,
      userinfo_endpoint: `${this.url}/userinfo`,
      jwks_uri: `${this.url}/jwks`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
    };
  }

  #idToken(): string {
    const now = Math.floor(Date.now() / 1_000);
    const times = { iat: now, exp: now + 3_600 };
    const person = { sub: 'dev-1', email: 'dev@example.org', email_verified: true };
    const head = encode({ alg: 'RS256', kid: 'k', typ: 'JWT' });
    const text = `${head}.${encode({ iss: this.url, aud: clientId, nonce: this.#nonce, ...person, ...times })}`;
    return `${text}.${createSign('RSA-SHA256').update(text).sign(this.#keys.privateKey).toString('base64url')}`;
  }
}

export interface ClaudeGateway {
  readonly url: string;
  /** Signs a developer in, as Claude Code does. @returns the bearer token. */
  signIn(): Promise<string>;
  stop(): Promise<void>;
}

const startMs = 30_000;

export async function startClaudeGateway(
  claude: string,
  places: { home: string; postgresUrl: string; upstreamUrl: string },
): Promise<ClaudeGateway> {
  const provider = await IdentityProvider.start();
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const config = join(places.home, 'gateway.yaml');
  // JSON is YAML.
  writeFileSync(
    config,
    JSON.stringify({
      listen: { host: '127.0.0.1', port, public_url: url },
      oidc: { issuer: provider.url, client_id: clientId, client_secret: 'fake' },
      session: { jwt_secret: 'fake-secret-of-no-value-0123456789abcdef' },
      store: { postgres_url: places.postgresUrl },
      upstreams: [{ provider: 'anthropic', base_url: places.upstreamUrl, auth: { api_key: gatewayKey } }],
    }),
  );
  const child = spawn(claude, ['gateway', '--config', config], {
    env: {
      PATH: process.env.PATH ?? '',
      HOME: places.home,
      CLAUDE_GATEWAY_ALLOW_LOOPBACK: '1',
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  let log = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text) => {
      log += text;
    });
  const stop = async () => {
    child.kill('SIGTERM');
    await exited;
    await provider.stop();
  };
  for (const from = Date.now(); !log.includes('listening on'); ) {
    if (child.exitCode !== null || Date.now() - from > startMs) {
      await stop();
      throw new Error(`claude gateway did not start: ${log}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return { url, signIn: () => signIn(url), stop };
}

/** The device flow of Claude Code, with the browser's part. */
async function signIn(url: string): Promise<string> {
  const client = 'claude-code';
  const post = (path: string, form: Record<string, string>, headers: Record<string, string> = {}) =>
    fetch(url + path, { method: 'POST', headers, body: new URLSearchParams(form), redirect: 'manual' });
  const device = (await (await post('/oauth/device_authorization', { client_id: client })).json()) as any;
  const confirmed = await post('/device', { user_code: device.user_code }, { origin: url });
  const cookie = confirmed.headers.get('set-cookie')?.split(';')[0] ?? '';
  const authorized = await fetch(confirmed.headers.get('location') ?? '', { redirect: 'manual' });
  await fetch(authorized.headers.get('location') ?? '', { headers: { cookie }, redirect: 'manual' });
  const grant = 'urn:ietf:params:oauth:grant-type:device_code';
  const token = await post('/oauth/token', { grant_type: grant, device_code: device.device_code, client_id: client });
  const body = (await token.json()) as any;
  if (typeof body.access_token !== 'string') throw new Error(`no token: ${JSON.stringify(body)}`);
  return body.access_token;
}
