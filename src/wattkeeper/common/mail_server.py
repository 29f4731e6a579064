"""The mail server that the settings name."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class MailServer:
    """Where mail is handed in. `security`: `tls` from the first byte, `starttls`, or `none`."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    security: str
