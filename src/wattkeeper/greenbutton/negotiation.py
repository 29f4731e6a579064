"""Which media types the client takes (RFC 9110 section 12.5.1)."""

from wattkeeper.common.accepting import weights
from wattkeeper.greenbutton.errors import RefusedError

ACCEPTABLE = ("*/*", "application/*", "application/atom+xml", "application/xml", "text/*", "text/xml")


def require_xml(accept: str) -> None:
    """RefusedError 406 if an Accept header rules XML out. Real clients send odd ones: one match is enough."""
    wanted = weights(accept)
    if wanted and not any(wanted.get(name, 0) > 0 for name in ACCEPTABLE):
        raise RefusedError(
            406,
            "not_acceptable",
            "This resource is application/atom+xml. Accept that, or read the same data as JSON under /api/v2/.",
        )
