// The whole code flow with npm's openid-client, as its own documentation has it: discovery, PKCE, state, iss, PAR.
//
// Reads one JSON object from standard input (issuer, client_id, client_secret, redirect_uri, scope, resource, pushes),
// prints the address to open as {"open": ...}, reads where the browser was sent as the next line, and prints the rest.

import { createInterface } from 'node:readline'

import * as client from 'openid-client'

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const read = async () => (await lines.next()).value
const say = (told) => console.log(JSON.stringify(told))

const asked = JSON.parse(await read())
const config = await client.discovery(new URL(asked.issuer), asked.client_id, asked.client_secret, undefined, {
  algorithm: 'oauth2',
  execute: [client.allowInsecureRequests],
})

const verifier = client.randomPKCECodeVerifier()
const state = client.randomState()
const parameters = {
  redirect_uri: asked.redirect_uri,
  scope: asked.scope,
  code_challenge: await client.calculatePKCECodeChallenge(verifier),
  code_challenge_method: 'S256',
  state,
}
const build = asked.pushes ? client.buildAuthorizationUrlWithPAR : client.buildAuthorizationUrl
say({ open: (await build(config, parameters)).href })

const came = new URL(await read())
try {
  const tokens = await client.authorizationCodeGrant(config, came, { pkceCodeVerifier: verifier, expectedState: state })
  const resource = await client.fetchProtectedResource(config, tokens.access_token, new URL(asked.resource), 'GET')
  const introspected = await client.tokenIntrospection(config, tokens.access_token)
  const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token)
  await client.tokenRevocation(config, refreshed.refresh_token)
  const revoked = await client.tokenIntrospection(config, refreshed.access_token)
  const own = await client.clientCredentialsGrant(config)
  say({
    scope: tokens.scope,
    resource: resource.status,
    active: introspected.active,
    rotated: refreshed.access_token !== tokens.access_token && refreshed.refresh_token !== tokens.refresh_token,
    revoked: !revoked.active,
    own: own.token_type,
  })
} catch (error) {
  say({ refused: error.code ?? error.name, because: error.cause?.message ?? error.message })
}
