// oidc-provider, certified by the OpenID Foundation, as a utility's sign-in: node server.mjs CONFIGURATION.json
// Whoever types a login there is that customer. Codes need PKCE; ID tokens are signed with ES256 and hold no claim but
// the subject, so that "customers" has to come from the user info endpoint.
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';

import Provider from 'oidc-provider';

const told = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const key = { ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'ES256', kid: 'es' };

const provider = new Provider(told.issuer, {
  clients: told.clients.map((client) => ({ id_token_signed_response_alg: 'ES256', ...client })),
  jwks: { keys: [key] },
  pkce: { required: () => true },
  scopes: ['openid', 'customers'],
  claims: { openid: ['sub'], customers: ['customers'] },
  enabledJWA: {
    idTokenSigningAlgValues: ['ES256', 'RS256'],
    clientAuthSigningAlgValues: ['ES256', 'RS256'],
  },
  async findAccount(_, id) {
    return { accountId: id, claims: async () => ({ sub: id, customers: id.split('+') }) };
  },
  ttl: { AccessToken: 60, AuthorizationCode: 60, Grant: 600, IdToken: 60, Interaction: 600, Session: 600 },
});

provider.listen(Number(new URL(told.issuer).port), '127.0.0.1');
