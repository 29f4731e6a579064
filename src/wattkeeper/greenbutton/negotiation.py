"""What the client takes: media types and content codings (RFC 9110 section 12.5)."""

from wattkeeper.greenbutton.errors import RefusedError

ACCEPTABLE = ("*/*", "application/*", "application/atom+xml", "application/xml", "text/*", "text/xml")


def require_xml(accept: str) -> None:
    """RefusedError 406 if an Accept header rules XML out. Real clients send odd ones: one match is enough."""
    wanted = _weights(accept)
    if wanted and not any(wanted.get(name, 0) > 0 for name in ACCEPTABLE):
        raise RefusedError(
            406,
            "not_acceptable",
            "This resource is application/atom+xml. Accept that, or read the same data as JSON under /api/v2/.",
        )


def takes_gzip(accept_encoding: str) -> bool:
    """True if the client takes gzip; identity is always at hand for those who don't."""
    wanted = _weights(accept_encoding)
    return wanted.get("gzip", wanted.get("*", 0)) > 0


def _weights(header: str) -> dict[str, float]:
    """Each name of a header with its quality; a quality that is no number counts as 1."""
    found = {}
    for part in header.split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        weight = 1.0
        for parameter in parameters:
            if parameter.startswith("q="):
                try:
                    weight = float(parameter[2:])
                except ValueError:
                    weight = 1.0
        if name:
            found[name] = weight
    return found
