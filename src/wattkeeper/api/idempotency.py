"""A POST sent twice with one `Idempotency-Key` is done once (draft-ietf-httpapi-idempotency-key-header-07).

The attempt that puts the row there does the work, and keeps its answer in the transaction of that work: either both are
there or neither. Until then others get 409. An attempt that never ended, because its process did, can be taken over
after LEASE; should it still be running, it finds its claim gone and its work is undone.
"""

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.crypto import salted_hmac

from wattkeeper.api.auth import caller_of, identity
from wattkeeper.api.errors import ApiError, invalid
from wattkeeper.api.models import IdempotentPost
from wattkeeper.authorizations.access import Caller
from wattkeeper.common import clock, ids, retention

HEADER, REPLAYED = "Idempotency-Key", "Idempotent-Replayed"
# A string of RFC 9651 section 3.3.3, as the draft has it, or the same without quotes, as most clients send it.
QUOTED = re.compile(r'"((?:[ !#-\[\]-~]|\\["\\])+)"')
BARE = re.compile(r"[!#-+\--:<-~]+")
LONGEST = 255
LEASE = timedelta(minutes=1)
NONCE = 12
NOT_BEGUN = {400, 401, 413, 429}
"""Statuses of answers that say that nothing was begun: the key is as good as new."""


@dataclass(frozen=True)
class Attempt:
    """One try at the work behind a key. `key` opens the answer."""

    digest: str
    fingerprint: str
    key: bytes
    claim: UUID = field(default_factory=ids.new_uid)

    def begin(self) -> HttpResponse | None:
        """The first answer, where there is one; None where the work is this attempt's to do.

        Raises ApiError 409 while another is at it, 422 where the key came with something else.
        """
        present = clock.now()
        rows = IdempotentPost.objects.filter(digest=self.digest)
        rows.filter(created__lte=present - retention.IDEMPOTENT_POSTS).delete()
        mine = IdempotentPost(
            digest=self.digest, fingerprint=self.fingerprint, claim=self.claim, claimed=present, created=present
        )
        IdempotentPost.objects.bulk_create([mine], ignore_conflicts=True)
        there = rows.first()
        if there is not None and there.fingerprint != self.fingerprint:
            raise ApiError(422, "idempotency_key_reused", f"This {HEADER} came with another request before.")
        if there is not None and there.status is not None:
            return self._replayed(there)
        if there is None or not (there.claim == self.claim or self._takes_over(there)):
            raise _under_way()
        return None

    def keep(self, response: HttpResponse) -> None:
        """Keeps the answer. Raises ApiError 409 where the work was taken over."""
        nonce = secrets.token_bytes(NONCE)
        answered = IdempotentPost.objects.filter(digest=self.digest, claim=self.claim).update(
            status=response.status_code,
            content_type=response["Content-Type"],
            body=nonce + AESGCM(self.key).encrypt(nonce, response.content, self.digest.encode()),
        )
        if not answered:
            raise _under_way()

    def let_go(self) -> None:
        """Forgets the attempt if no answer came of it."""
        IdempotentPost.objects.filter(digest=self.digest, claim=self.claim, status=None).delete()

    def _takes_over(self, there: IdempotentPost) -> bool:
        present = clock.now()
        if there.claimed > present - LEASE:
            return False
        stale = IdempotentPost.objects.filter(digest=self.digest, claim=there.claim, status=None)
        return bool(stale.update(claim=self.claim, claimed=present))

    def _replayed(self, there: IdempotentPost) -> HttpResponse:
        kept = bytes(there.body)
        body = AESGCM(self.key).decrypt(kept[:NONCE], kept[NONCE:], self.digest.encode())
        response = HttpResponse(body, status=there.status, content_type=there.content_type)
        response[REPLAYED] = "true"
        return response


def once(request: HttpRequest, work: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """The answer of the work, or what it was the first time. Raises as `caller_of` and `begin`, ApiError 400 for a bad
    key."""
    if request.method != "POST" or HEADER not in request.headers:
        return work()
    caller = caller_of(request)
    if caller is None:
        return work()
    attempt = _attempt(request, caller, _key(request.headers[HEADER]))
    if (first := attempt.begin()) is not None:
        return first
    try:
        return _done(attempt, work)
    finally:
        attempt.let_go()


def _done(attempt: Attempt, work: Callable[[], HttpResponseBase]) -> HttpResponse:
    """Does the work and keeps its answer, both or neither."""
    with transaction.atomic():
        response = work()
        assert isinstance(response, HttpResponse), "what is streamed is not there to be kept"
        if response.status_code < 500 and response.status_code not in NOT_BEGUN:
            attempt.keep(response)
        else:
            transaction.set_rollback(True)
    return response


def _attempt(request: HttpRequest, caller: Caller, key: str) -> Attempt:
    """Bound to who asks and where; both spellings of an address are one."""
    whose = repr([*identity(caller), request.path.rstrip("/"), key])
    query = request.GET.copy()
    query.pop("access_token", None)
    sent = repr([sorted(query.lists()), request.headers.get("Content-Type"), request.body])
    return Attempt(_keyed("whose", whose).hex(), _keyed("what", whose + sent).hex(), _keyed("answer", whose))


def _keyed(purpose: str, text: str) -> bytes:
    """A digest that nobody can guess at who has the database alone."""
    return salted_hmac(f"wattkeeper.idempotency.{purpose}", text, algorithm="sha256").digest()


def _key(header: str) -> str:
    """The key, the same with and without quotes."""
    header = header.strip()
    quoted = QUOTED.fullmatch(header)
    key = re.sub(r"\\(.)", r"\1", quoted[1]) if quoted else header
    if not (quoted or BARE.fullmatch(key)) or len(key) > LONGEST:
        raise invalid(HEADER, f"takes one key of 1 to {LONGEST} printable ASCII characters")
    return key


def _under_way() -> ApiError:
    return ApiError(409, "idempotency_key_in_use", f"A request with this {HEADER} is still under way. Try again.")
