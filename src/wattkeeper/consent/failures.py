"""Why a sign-in came to nothing. Every reason has its words in `consent/sign_in_failed.html`."""

from enum import StrEnum


class Failure(StrEnum):
    DOWN = "down"
    """The utility's sign-in does not answer, or says that it cannot."""
    SLOW = "slow"
    CANCELLED = "cancelled"
    """The person stopped there."""
    REFUSED = "refused"
    """It would not deal with us: something is set up wrongly on one side."""
    CLOCK = "clock"
    """Its answer is not valid yet, or not any more: the two clocks differ."""
    UNTRUSTED = "untrusted"
    """Its answer is not what was asked for, or not provably its own."""
    UNKNOWN = "unknown"
    """Whoever signed in there is no customer here."""
    EXPIRED = "expired"
    """The answer came too late."""
    TWICE = "twice"
    """The answer came before."""
    SPENT = "spent"
    """Too many wrong codes."""


class SignInFailed(Exception):
    """A sign-in that came to nothing; `detail` is for the log and holds nothing that anybody sent."""

    def __init__(self, failure: Failure, detail: str) -> None:
        super().__init__(detail)
        self.failure = failure
        self.detail = detail
