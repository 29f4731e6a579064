"""Proof Key for Code Exchange (RFC 7636): S256 alone, as `plain` protects nothing (RFC 9700 section 2.1.1).

Every client needs it, unless its registration was excused: Green Button clients in the field lack it. Whoever began
without it cannot end with it (a verifier without a challenge is refused: RFC 9700 section 4.8.2). Where no code is
sent, because the request names no redirect_uri, there is nothing to prove.
"""

import hmac
import re
from typing import Any

from authlib.oauth2.rfc6749 import InvalidRequestError
from authlib.oauth2.rfc7636 import CodeChallenge, create_s256_code_challenge


def is_proof(verifier: str, challenge: str) -> bool:
    return hmac.compare_digest(create_s256_code_challenge(verifier), challenge)


class ProofKey(CodeChallenge):
    SUPPORTED_CODE_CHALLENGE_METHOD = ["S256"]
    CODE_CHALLENGE_METHODS = {"S256": is_proof}

    def __init__(self) -> None:
        super().__init__(required=False)

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
        super().validate_code_challenge(grant, redirect_uri)
        data: dict[str, str] = grant.request.payload.data
        if "code_challenge" not in data:
            if "redirect_uri" in data and grant.request.client.registration.requires_pkce:
                raise InvalidRequestError("Missing 'code_challenge': this client needs PKCE (RFC 7636) with S256.")
            return
        if "code_challenge_method" not in data:
            raise InvalidRequestError("Missing 'code_challenge_method': without it RFC 7636 means 'plain'; send S256.")
        if not re.fullmatch(r"[A-Za-z0-9_-]{43}", data["code_challenge"]):
            raise InvalidRequestError("Invalid 'code_challenge': S256 gives 43 characters of base64url.")
