// The code flow with npm's oauth4webapi, which checks every answer by the letter, for a client that signs (ES256).
//
// Spoken to as openid-client.mjs is; `private_key` is a JWK.

import { createInterface } from 'node:readline'

import * as oauth from 'oauth4webapi'

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const read = async () => (await lines.next()).value
const say = (told) => console.log(JSON.stringify(told))

const asked = JSON.parse(await read())
const insecure = { [oauth.allowInsecureRequests]: true }
const issuer = new URL(asked.issuer)
const found = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure })
const server = await oauth.processDiscoveryResponse(issuer, found)
const client = { client_id: asked.client_id }
const key = await crypto.subtle.importKey('jwk', asked.private_key, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign'])
const proof = oauth.PrivateKeyJwt({ key, kid: asked.private_key.kid })

const verifier = oauth.generateRandomCodeVerifier()
const state = oauth.generateRandomState()
const parameters = new URLSearchParams({
  client_id: asked.client_id,
  response_type: 'code',
  redirect_uri: asked.redirect_uri,
  scope: asked.scope,
  code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
  code_challenge_method: 'S256',
  state,
})
const pushed = await oauth.pushedAuthorizationRequest(server, client, proof, parameters, insecure)
const { request_uri } = await oauth.processPushedAuthorizationResponse(server, client, pushed)
const address = new URL(server.authorization_endpoint)
address.search = new URLSearchParams({ client_id: asked.client_id, request_uri })
say({ open: address.href })

try {
  const answer = oauth.validateAuthResponse(server, client, new URL(await read()), state)
  const exchanged = await oauth.authorizationCodeGrantRequest(
    server, client, proof, answer, asked.redirect_uri, verifier, insecure,
  )
  const tokens = await oauth.processAuthorizationCodeResponse(server, client, exchanged)
  const resource = await oauth.protectedResourceRequest(
    tokens.access_token, 'GET', new URL(asked.resource), undefined, undefined, insecure,
  )
  const asking = await oauth.refreshTokenGrantRequest(server, client, proof, tokens.refresh_token, insecure)
  const refreshed = await oauth.processRefreshTokenResponse(server, client, asking)
  const revoking = await oauth.revocationRequest(server, client, proof, refreshed.refresh_token, insecure)
  await oauth.processRevocationResponse(revoking)
  say({ scope: tokens.scope, resource: resource.status, rotated: refreshed.access_token !== tokens.access_token })
} catch (error) {
  say({ refused: error.code ?? error.name, because: error.cause?.message ?? error.message })
}
