/**
 * A scripted auth server that behaves like the real ones: codes and refresh tokens are single-use, a second use revokes
 * the login, an early refresh invalidates the token, and requests that differ from the documentation are rejected.
 */
import { createHash, createSign, generateKeyPairSync, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { bodyOf, LoopbackServer } from './loopback.ts';

export interface SeenCall {
  readonly path: string;
  readonly body: Record<string, string>;
  readonly headers: IncomingMessage['headers'];
  readonly json: boolean;
}

interface Login {
  readonly kind: 'codex' | 'chatgpt' | 'kimi';
  /** The only valid refresh token. */
  refresh: string;
  access: string;
  revoked: boolean;
  earliest: number;
  readonly clientId: string;
}

interface Code {
  readonly kind: Login['kind'];
  readonly challenge: string;
  readonly redirectUri: string;
  readonly clientId: string;
  readonly nonce: string;
}

/** A fault of the next token request. */
export type TokenFault = 'unavailable' | 'cut' | 'slow' | 'lost' | 'empty' | 'refused';

const codexClient = 'app_EMoamEEZ73f0CkXaXp7hrann';
const kimiClient = '17e5f671-d194-4dfb-9706-5516cb48c098';
const planScope = 'chatgpt.tokens.use.direct';
const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const seconds = () => Math.floor(Date.now() / 1000);

/** An unsigned JWT. Its signature is never verified. */
export const fakeJwt = (claims: object): string => `${base64url({ alg: 'none' })}.${base64url(claims)}.fake`;

const once = <T>(make: () => T): (() => T) => {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
};
const sharedKeys = once(() => generateKeyPairSync('rsa', { modulusLength: 2048 }));
const otherKeys = once(() => generateKeyPairSync('rsa', { modulusLength: 2048 }));

export class AuthServer extends LoopbackServer {
  readonly calls: SeenCall[] = [];
  readonly logins: Login[] = [];
  readonly faults: TokenFault[] = [];
  slowMs = 300;
  accessSeconds = 3600;
  /** ChatGPT: seconds from now until a token may be refreshed. */
  earliestSeconds = 3600 - 360;
  /** The decision of the user in the browser. */
  person: 'agrees' | 'denies' = 'agrees';
  wrong: 'nothing' | 'state' | 'nonce' | 'signature' | 'audience' | 'scope' | 'client' = 'nothing';
  subject = 'user-1';
  /** The error description of a call with the fault `refused`. */
  refusal = '';
  /** Error codes returned to polls. The code is granted when the list is empty. */
  polls: string[] = [];
  readonly #codes = new Map<string, Code>();
  // Generating a key pair is slow, so all servers of a run share two.
  readonly #keys = sharedKeys();
  readonly #otherKeys = otherKeys();

  static start(): Promise<AuthServer> {
    return new AuthServer().listening();
  }

  private constructor() {
    super();
  }

  get refreshes(): SeenCall[] {
    return this.calls.filter(({ body }) => body.grant_type === 'refresh_token');
  }

  /** Issues a login without the sign-in flow. */
  issue(kind: Login['kind']): Login {
    const login: Login = {
      kind,
      refresh: `fake-refresh-${randomUUID()}`,
      access: '',
      revoked: false,
      earliest: 0,
      clientId: kind === 'chatgpt' ? 'oaiapp_fake' : kind === 'codex' ? codexClient : kimiClient,
    };
    this.logins.push(login);
    this.#renew(login);
    return login;
  }

  /** @returns whether an upstream accepts the access token. */
  accepts(token: string): boolean {
    return this.logins.some(({ access, revoked }) => access === token && !revoked);
  }

  protected async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url);
    const text = await bodyOf(request);
    const json = (request.headers['content-type'] ?? '').includes('json');
    const body: Record<string, string> = json
      ? JSON.parse(text || '{}')
      : Object.fromEntries(new URLSearchParams(text));
    this.calls.push({ path: url.pathname, body, headers: request.headers, json });
    switch (url.pathname) {
      case '/.well-known/openid-configuration':
        return send(response, 200, { issuer: this.url, jwks_uri: `${this.url}/.well-known/jwks.json` });
      case '/.well-known/jwks.json':
        return send(response, 200, {
          keys: [{ ...this.#keys.publicKey.export({ format: 'jwk' }), kid: 'k', alg: 'RS256', use: 'sig' }],
        });
      case '/oauth/authorize':
      case '/api/accounts/authorize':
        return this.#authorize(url.searchParams, url.pathname === '/oauth/authorize' ? 'codex' : 'chatgpt', response);
      case '/oauth/token':
        return this.#token('codex', body, json, response);
      case '/api/accounts/oauth/token':
        return this.#token('chatgpt', body, json, response);
      case '/api/oauth/token':
        return this.#kimi(body, request, response);
      case '/api/oauth/device_authorization':
        if (body.client_id !== kimiClient || !request.headers['x-msh-device-id'])
          return send(response, 400, { error: 'invalid_client' });
        return send(response, 200, {
          user_code: 'FAKE-CODE',
          device_code: 'fake-device',
          verification_uri: `${this.url}/device`,
          verification_uri_complete: `${this.url}/device?user_code=FAKE-CODE`,
          expires_in: 900,
          interval: 1,
        });
      case '/api/accounts/deviceauth/usercode':
        return send(response, 200, { device_auth_id: 'fake-device', user_code: 'FAKE-CODE', interval: '1' });
      case '/api/accounts/deviceauth/token':
        return this.#codexPoll(body, response);
      case '/oauth/revoke':
      case '/api/accounts/oauth/revoke':
        return this.#revoke(body, response);
      default:
        return send(response, 404, { error: 'not_found' });
    }
  }

  #authorize(query: URLSearchParams, kind: 'codex' | 'chatgpt', response: ServerResponse): void {
    const redirect = new URL(query.get('redirect_uri') ?? 'http://invalid/');
    const client = query.get('client_id') ?? '';
    const scopes = (query.get('scope') ?? '').split(' ');
    const isValid =
      query.get('response_type') === 'code' &&
      query.get('code_challenge_method') === 'S256' &&
      redirect.pathname === '/auth/callback' &&
      scopes.includes('offline_access') &&
      (kind === 'codex'
        ? client === codexClient && redirect.hostname === 'localhost' && ['1455', '1457'].includes(redirect.port)
        : redirect.hostname === '127.0.0.1' &&
          scopes.includes(planScope) &&
          query.get('resource') === 'https://api.openai.com/v1' &&
          /^urn:uuid:[\da-f-]{36}$/.test(query.get('ext_agent_host_id') ?? '') &&
          (client === 'dynamic_agent_client' ? query.get('agent_name_hint') === 'ccp' : client === 'oaiapp_fake'));
    if (!isValid) return send(response, 400, { error: 'invalid_request' });
    const clientId = kind === 'codex' ? codexClient : this.wrong === 'client' ? 'oaiapp_other' : 'oaiapp_fake';
    const code = `fake-code-${randomUUID()}`;
    this.#codes.set(code, {
      kind,
      challenge: query.get('code_challenge') ?? '',
      redirectUri: redirect.href,
      clientId,
      nonce: query.get('nonce') ?? '',
    });
    redirect.searchParams.set('state', this.wrong === 'state' ? 'another' : (query.get('state') ?? ''));
    if (this.person === 'denies') redirect.searchParams.set('error', 'access_denied');
    else redirect.searchParams.set('code', code);
    if (kind === 'chatgpt') redirect.searchParams.set('client_id', clientId);
    response.writeHead(302, { location: redirect.href }).end();
  }

  async #token(kind: 'codex' | 'chatgpt', body: Record<string, string>, json: boolean, response: ServerResponse) {
    const fault = this.faults.shift();
    if (await this.#fails(fault, response)) return;
    if (body.grant_type === 'authorization_code') {
      const code = this.#codes.get(body.code ?? '');
      this.#codes.delete(body.code ?? '');
      const verified = createHash('sha256')
        .update(body.code_verifier ?? '')
        .digest('base64url');
      const device = body.redirect_uri === `${this.url}/deviceauth/callback`;
      const isValid =
        code?.kind === kind &&
        !json &&
        body.client_id === code.clientId &&
        (device || (code.redirectUri === body.redirect_uri && code.challenge === verified)) &&
        (kind === 'codex' || body.resource === 'https://api.openai.com/v1');
      if (!isValid || !code) return send(response, 400, { error: 'invalid_grant' });
      const login = this.issue(kind);
      return send(response, 200, this.#tokens(login, code.nonce));
    }
    if (kind === 'codex' && !json) return send(response, 400, { error: 'unsupported' });
    if (kind === 'chatgpt' && (json || body.scope !== undefined))
      return send(response, 400, { error: 'invalid_request' });
    const login = this.#spend(kind, body, response);
    if (!login) return;
    if (kind === 'chatgpt' && seconds() < login.earliest) {
      login.revoked = true;
      return send(response, 400, { error: 'invalid_grant', error_description: 'too early' });
    }
    this.#renew(login);
    if (fault === 'lost') return void response.destroy();
    if (fault === 'empty') return send(response, 200, {});
    send(response, 200, this.#tokens(login, undefined));
  }

  async #kimi(body: Record<string, string>, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const fault = this.faults.shift();
    if (await this.#fails(fault, response)) return;
    if (body.client_id !== kimiClient || !request.headers['x-msh-device-id'])
      return send(response, 400, { error: 'invalid_client' });
    if (body.grant_type === 'urn:ietf:params:oauth:grant-type:device_code') {
      const errorCode = this.polls.shift();
      if (errorCode !== undefined) return send(response, 400, { error: errorCode });
      return send(response, 200, this.#tokens(this.issue('kimi'), undefined));
    }
    const login = this.#spend('kimi', body, response);
    if (!login) return;
    this.#renew(login);
    if (fault === 'lost') return void response.destroy();
    send(response, 200, this.#tokens(login, undefined));
  }

  #codexPoll(body: Record<string, string>, response: ServerResponse): void {
    if (body.device_auth_id !== 'fake-device' || body.user_code !== 'FAKE-CODE')
      return send(response, 400, { error: { code: 'invalid' } });
    const errorCode = this.polls.shift();
    if (errorCode !== undefined) return send(response, 403, { error: { code: errorCode } });
    const verifier = `fake-verifier-${randomUUID()}`;
    const challenge = createHash('sha256').update(verifier).digest('base64url');
    const code = `fake-code-${randomUUID()}`;
    this.#codes.set(code, { kind: 'codex', challenge, redirectUri: '', clientId: codexClient, nonce: '' });
    send(response, 200, { authorization_code: code, code_challenge: challenge, code_verifier: verifier });
  }

  async #fails(fault: TokenFault | undefined, response: ServerResponse): Promise<boolean> {
    if (fault === 'slow') await new Promise((resolve) => setTimeout(resolve, this.slowMs));
    if (fault === 'unavailable') send(response, 503, { error: { message: 'try later' } });
    if (fault === 'cut') response.destroy();
    if (fault === 'refused') send(response, 400, { error: 'odd', error_description: this.refusal });
    return fault === 'unavailable' || fault === 'cut' || fault === 'refused';
  }

  /** @returns the login of a valid refresh token. An already used token revokes the logins of its kind. */
  #spend(kind: Login['kind'], body: Record<string, string>, response: ServerResponse): Login | undefined {
    const login = this.logins.find((one) => one.refresh === body.refresh_token && one.kind === kind);
    if (login && !login.revoked && body.client_id === login.clientId) return login;
    for (const one of this.logins) if (one.kind === kind) one.revoked = true;
    const error = kind === 'codex' ? { code: 'refresh_token_reused', message: 'used already' } : 'invalid_grant';
    send(response, kind === 'codex' ? 401 : 400, { error });
    return undefined;
  }

  #renew(login: Login): void {
    login.refresh = `fake-refresh-${randomUUID()}`;
    login.earliest = seconds() + this.earliestSeconds;
    login.access = fakeJwt({
      exp: seconds() + this.accessSeconds,
      jti: randomUUID(),
      'https://api.openai.com/auth': { chatgpt_account_id: 'acct-fake', chatgpt_plan_type: 'plus' },
      'https://api.openai.com/profile': { email: 'person@example.org' },
    });
  }

  #tokens(login: Login, nonce: string | undefined): Record<string, unknown> {
    const tokens = { access_token: login.access, refresh_token: login.refresh, token_type: 'Bearer' };
    if (login.kind === 'codex') return { ...tokens, id_token: fakeJwt({ email: 'person@example.org' }) };
    if (login.kind === 'kimi') return { ...tokens, expires_in: this.accessSeconds, scope: 'kimi-code' };
    return {
      ...tokens,
      expires_in: this.accessSeconds,
      earliest_refresh_at: login.earliest,
      scope: this.wrong === 'scope' ? 'openid' : `openid offline_access ${planScope}`,
      ...(nonce === undefined ? {} : { id_token: this.#idToken(login, nonce) }),
    };
  }

  #idToken(login: Login, nonce: string): string {
    const claims = {
      iss: this.url,
      aud: this.wrong === 'audience' ? 'another' : login.clientId,
      sub: this.subject,
      email: 'person@example.org',
      nonce: this.wrong === 'nonce' ? 'another' : nonce,
      iat: seconds(),
      exp: seconds() + 600,
    };
    const body = `${base64url({ alg: 'RS256', kid: 'k' })}.${base64url(claims)}`;
    const key = this.wrong === 'signature' ? this.#otherKeys.privateKey : this.#keys.privateKey;
    return `${body}.${createSign('RSA-SHA256').update(body).sign(key).toString('base64url')}`;
  }

  #revoke(body: Record<string, string>, response: ServerResponse): void {
    const login = this.logins.find(({ refresh }) => refresh === body.token);
    if (login) login.revoked = true;
    send(response, login ? 200 : 400, {});
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
