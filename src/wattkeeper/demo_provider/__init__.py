"""A stand-in for a utility's own sign-in: a small OpenID Connect provider for the demo and for tests. It knows nothing
of the platform but the redirect address it is told."""
