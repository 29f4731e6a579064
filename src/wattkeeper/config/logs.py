"""What the log may say of a failure."""

import logging
import re

QUOTED = re.compile(r"^(DETAIL|CONTEXT): .*$", re.MULTILINE)


class DiscreetFormatter(logging.Formatter):
    """Tracebacks without what PostgreSQL quotes of the row it refused: an e-mail address, an account number."""

    def formatException(self, ei: object) -> str:  # noqa: N802 - logging's name
        return QUOTED.sub(r"\1: left out", super().formatException(ei))  # type: ignore[arg-type]
