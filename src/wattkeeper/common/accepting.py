"""What a client says it takes, in the header fields of RFC 9110 section 12.5."""


def takes_gzip(accept_encoding: str) -> bool:
    """True if the client takes gzip; identity is always at hand for those who don't."""
    wanted = weights(accept_encoding)
    return wanted.get("gzip", wanted.get("*", 0)) > 0


def weights(header: str) -> dict[str, float]:
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
