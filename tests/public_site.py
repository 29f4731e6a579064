"""What the tests of the public pages share: the pages, and reading them."""

import html
import re
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

from django.test import Client

import cast
from wattkeeper.authorizations.models import Authorization
from wattkeeper.authorizations.tokens import issue_api_token
from wattkeeper.common import clock
from wattkeeper.companies.models import Company, Member, Registration
from wattkeeper.customers.billing import BillRecord, put_bill
from wattkeeper.customers.models import Service, TestAccount
from wattkeeper.people.models import User
from wattkeeper.sandbox.homes import ensure_home
from wattkeeper.sandbox.loads import Kind

CALLBACK = "http://thirdparty.example/callback"
PAGES = (
    "/",
    "/utilities/epe",
    "/utilities/epe/how-it-works",
    "/utilities/epe/directory",
    "/utilities/epe/help",
    "/utilities/epe/contact",
    "/utilities/epe/terms",
    "/utilities/epe/privacy",
    "/docs",
    "/docs/quick-start",
    "/docs/oauth",
    "/docs/api",
    "/docs/api/accounting",
    "/docs/api/authorizations",
    "/docs/api/meters",
    "/docs/api/bills",
    "/docs/api/events",
    "/docs/api/files",
    "/docs/api/forms",
    "/docs/api/intervals",
    "/docs/api/templates",
    "/docs/api/utilities",
    "/docs/api/errors",
    "/docs/greenbutton",
    "/docs/receipts",
    "/docs/utilities/epe",
    "/register/epe",
)


def el_paso() -> Registration:
    """El Paso Electric with a test account and the public client; returns the client."""
    utility = cast.epe()
    TestAccount.objects.create(
        world=cast.sandbox(),
        username="test_residential",
        password="test_residential",
        scenario="residential",
        descriptions={"en": "A home with one service.", "es": "Un hogar con un servicio."},
    )
    return Registration.objects.create(
        company=Company.objects.create(name="Test Company"),
        utility=utility,
        client_id="EPE_ccccccccc",
        is_public_demo=True,
        redirect_uris=[CALLBACK],
    )


def read(client: Client, address: str, language: str = "en") -> str:
    answer = client.get(address, headers={"accept-language": language})
    assert answer.status_code == 200, address
    return answer.content.decode()


def words(page: str) -> str:
    """What a page says, without its tags."""
    body = page[page.index("<body") :]
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", body)))


def code_blocks(page: str) -> list[str]:
    return [html.unescape(code) for code in re.findall(r"<pre[^>]*><code>(.*?)</code></pre>", page, re.DOTALL)]


def links(page: str) -> set[str]:
    """The addresses on this site that a page leads to."""
    return {html.unescape(link) for link in re.findall(r'(?:href|src)="(/[^"#]*)', page)}


def run(command: str, folder: Path) -> str:
    """What the command prints, or the file it writes."""
    assert shutil.which("curl"), "the commands in the docs are curl's"
    (folder / ".curlrc").write_text("silent\nshow-error\nfail-with-body\n")
    shell = {"PATH": "/usr/bin:/bin:/usr/local/bin", "CURL_HOME": str(folder)}
    done = subprocess.run(["sh", "-c", command], cwd=folder, env=shell, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout or "".join(path.read_text() for path in folder.glob("*.[xj][ms]*"))


def shared_month(registration: Registration) -> Authorization:
    service = cast.customer()
    today = clock.now().date()
    first = today - timedelta(days=30)
    cast.fill(service, first, today)
    put_bill(service.pk, BillRecord(start=first, end=today, total_cost=4_200_000, total_volume=400_000))
    member = registration.company.members.get()
    return cast.authorize(cast.ThirdParty(registration.company, member, registration, "", ""), service)


def company_with_a_home() -> str:
    """The API token of a company with which the customer of a made-up home shares all of it."""
    registration = el_paso()
    member = Member.objects.create(company=registration.company, user=User.objects.create_user("dev@test.example"))
    customer, _ = ensure_home(cast.sandbox(), "docs", Kind.RESIDENTIAL, months=14)
    TestAccount.objects.update(customer=customer)
    service = Service.objects.get(occupancies__account__customer=customer)
    party = cast.ThirdParty(registration.company, member, registration, "", "")
    cast.tell(cast.authorize(party, service))
    return issue_api_token(member, "docs")
