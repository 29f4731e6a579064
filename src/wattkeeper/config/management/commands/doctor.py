"""`wattkeeper doctor`: looks at an installation and says what is wrong and what to do about it."""

import shutil
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.checks import WARNING, run_checks
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from wattkeeper.authorizations.models import SignedReceipt
from wattkeeper.authorizations.receipt_file import signer_of
from wattkeeper.common import chain, clock, schedule, triggers
from wattkeeper.common.limit_stores import Shared
from wattkeeper.consent.failures import SignInFailed
from wattkeeper.consent.sso import examine
from wattkeeper.delivery.models import Mail
from wattkeeper.utilities.models import SignInService

LEAST_FREE_BYTES = 1 << 30
SEALED_WITHIN = timedelta(minutes=5)


def python() -> str:
    return f"Python {sys.version.split()[0]}"


def database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return f"{connection.display_name} answers"


def migrations() -> str:
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        raise CommandError(f"{len(missing)} migrations are not applied: run `wattkeeper migrate`")
    return "all applied"


def checks() -> str:
    found = [check for check in run_checks(include_deployment_checks=settings.IS_HTTPS) if check.level >= WARNING]
    if found:
        raise CommandError("; ".join(check.msg for check in found))
    return "nothing to warn of"


def address() -> str:
    if not settings.IS_HTTPS and "localhost" not in settings.BASE_URL and "127.0.0.1" not in settings.BASE_URL:
        raise CommandError(f"{settings.BASE_URL} is not https: third parties may only be served over TLS")
    if settings.IS_HTTPS and not settings.PROXIES:
        raise CommandError(
            "TLS ends at a server in front: say WATTKEEPER_BEHIND_PROXY, or every address leads to itself"
        )
    return str(settings.BASE_URL)


def storage() -> str:
    free = shutil.disk_usage(settings.VAR).free
    if free < LEAST_FREE_BYTES:
        raise CommandError(f"only {free >> 20} MiB free in {settings.VAR}")
    return f"{free >> 30} GiB free in {settings.VAR}"


def worker() -> str:
    if not schedule.is_running():
        raise CommandError("scheduled work is overdue: is `wattkeeper work` running?")
    return "scheduled work is on time"


def refusals() -> str:
    missing = triggers.missing()
    if missing:
        raise CommandError(f"the database does not refuse what it should, triggers are missing: {', '.join(missing)}")
    return f"all {len(triggers.expected())} triggers stand: the wall, and the audit trail"


def audit() -> str:
    waiting, since = chain.unsealed()
    if since is not None and since < clock.now() - SEALED_WITHIN:
        raise CommandError(
            f"{waiting} rows wait to be sealed since {since:%Y-%m-%d %H:%M}: is `wattkeeper work` running?"
        )
    return f"the chain ends at {chain.head()}"


def counting() -> str:
    if not settings.SHARED_CACHE:
        return f"by each of {settings.SERVER_PROCESSES} server processes for itself"
    if not Shared(settings.SHARED_CACHE).answers():
        raise CommandError("the Redis of WATTKEEPER_SHARED_CACHE does not answer: limits hold for each process alone")
    return "in the shared cache"


def mail() -> str:
    unsent = Mail.objects.filter(sent__isnull=True)
    given_up = unsent.filter(next_attempt_at__isnull=True).count()
    if settings.MAIL_SERVER is None:
        if settings.IS_DEMO:
            return f"mails are kept for {settings.BASE_URL}/demo/mail"
        raise CommandError(
            f"no mail server is set (WATTKEEPER_MAIL_URL): mails are kept, not sent; {unsent.count()} now"
        )
    if given_up:
        raise CommandError(f"{given_up} mails were given up: see `wattkeeper mail list`")
    return f"{unsent.count()} mails wait"


def receipts() -> str:
    ring = settings.RECEIPT_KEYS.ring()
    oldest = SignedReceipt.objects.order_by("pk").first()
    if oldest is not None and ring.find(signer_of(oldest.document)) is None:
        raise CommandError(
            "the key that signed the first receipts is missing: bring back receipt_keys.json from a backup"
        )
    return f"signed with {ring.published()['keys'][0]['kid']}; {len(ring.public) - 1} earlier keys are kept"


def sign_in() -> str:
    services = SignInService.objects.select_related("utility").order_by("utility__code")
    for service in services:
        try:
            examine(service)
        except SignInFailed as failed:
            raise CommandError(f"{service.utility.code}: single sign-on does not work: {failed.detail}") from None
    return ", ".join(service.utility.code for service in services) or "no single sign-on is connected"


LOOKS: dict[str, Callable[[], str]] = {
    "python": python,
    "database": database,
    "migrations": migrations,
    "settings": checks,
    "address": address,
    "storage": storage,
    "worker": worker,
    "refusals": refusals,
    "audit": audit,
    "counting": counting,
    "mail": mail,
    "receipts": receipts,
    "sign-in": sign_in,
}


class Command(BaseCommand):
    help = "Check this installation; exit status 1 if anything needs attention."

    def handle(self, *args: Any, **options: Any) -> None:
        ailing = 0
        for name, look in LOOKS.items():
            try:
                self.stdout.write(f"{name:<11} ok    {look()}")
            except (CommandError, DatabaseError) as error:
                ailing += 1
                self.stdout.write(f"{name:<11} WRONG {error}")
        if ailing:
            raise CommandError(f"{ailing} of {len(LOOKS)} need attention")
