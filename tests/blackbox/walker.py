"""A person without a browser: follows links and redirects, fills and sends forms as HTML says."""

from urllib.parse import urljoin, urlsplit

import lxml.html
import requests

SHARE, DECLINE = "share", "decline"
"""Values of the two answers on the form: their words differ where the customer shares with the company already."""


class Walker:
    """Stays on one site: a redirect to another one is not followed but kept in `left_for`."""

    def __init__(self, base: str, language: str = "en") -> None:
        self.base = base
        self.session = requests.Session()
        self.session.headers["Accept-Language"] = language
        self.left_for = ""
        self.response = requests.Response()

    @property
    def page(self) -> lxml.html.HtmlElement:
        return lxml.html.document_fromstring(self.response.text, base_url=self.response.url)

    @property
    def text(self) -> str:
        return " ".join(self.page.text_content().split())

    def open(self, address: str, **parameters: str) -> "Walker":
        url = urljoin(self.response.url or self.base, address)
        return self._arrive(self.session.get(url, params=parameters, allow_redirects=False, timeout=30))

    def press(self, button: str, **changes: str | list[str] | None) -> "Walker":
        """Presses the button with this text or value, after changing fields of its form (None leaves a field out)."""
        element = next(
            found
            for found in self.page.xpath("//button|//input[@type='submit']")
            if button in {" ".join(found.text_content().split()), found.get("value")}
        )
        form = next(parent for parent in element.iterancestors("form"))
        fields: dict[str, list[str]] = {}
        for name, value in form.form_values():
            fields.setdefault(name, []).append(value)
        if element.get("name"):
            fields[element.get("name")] = [element.get("value", "")]
        for name, change in changes.items():
            fields.pop(name, None)
            if change is not None:
                fields[name] = [change] if isinstance(change, str) else change
        url = urljoin(self.response.url, form.get("action") or "")
        if form.method == "GET":
            return self._arrive(self.session.get(url, params=fields, allow_redirects=False, timeout=30))
        headers = {"Referer": self.response.url, "Origin": self.base}
        return self._arrive(self.session.post(url, data=fields, headers=headers, allow_redirects=False, timeout=30))

    def _arrive(self, response: requests.Response) -> "Walker":
        self.left_for = ""
        for _ in range(10):
            onward = _onward(response)
            if onward is None:
                break
            target = urljoin(response.url, onward)
            if urlsplit(target).netloc != urlsplit(self.base).netloc:
                self.left_for = target
                break
            response = self.session.get(target, allow_redirects=False, timeout=30)
        self.response = response
        return self


def _onward(response: requests.Response) -> str | None:
    """Where a browser goes on to by itself: a redirect, or a page that refreshes at once."""
    if response.is_redirect:
        return response.headers["Location"]
    if not response.headers.get("Content-Type", "").startswith("text/html"):
        return None
    refresh = lxml.html.document_fromstring(response.content).find(".//meta[@http-equiv='refresh']")
    return refresh.get("content", "").removeprefix("0; url=") if refresh is not None else None
