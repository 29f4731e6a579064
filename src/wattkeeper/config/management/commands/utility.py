"""`wattkeeper utility`: a utility's sign-in (OpenID Connect), and what its own pages show."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from wattkeeper.config import site_settings
from wattkeeper.consent.failures import SignInFailed
from wattkeeper.consent.sso import answer_url, examine
from wattkeeper.utilities.models import SignInService, Utility

ClientAuth, Match = SignInService.ClientAuth, SignInService.Match


class Command(BaseCommand):
    help = "Settings of a utility."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="sso | contact | logo | text")
        sso = actions.add_parser("sso", help="its own sign-in; without options, look at it and try it")
        sso.add_argument("code", help="of the utility, such as EPE")
        sso.add_argument("--issuer", help="the provider's issuer, as its discovery document says it")
        sso.add_argument("--client-id", help="what the provider calls this platform")
        secret = sso.add_mutually_exclusive_group()
        secret.add_argument("--client-secret-file", type=Path, help="a file with the client secret; it stays there")
        secret.add_argument("--private-key-file", type=Path, help="a PEM file with a key instead (private_key_jwt)")
        secret.add_argument("--public", action="store_true", help="neither: PKCE alone")
        sso.add_argument("--secret-in-body", action="store_true", help="client_secret_post, not client_secret_basic")
        sso.add_argument("--scopes", help='what to ask for ("openid")')
        sso.add_argument("--claim", help='the claim that names the customer, or lists several ("sub")')
        sso.add_argument("--matches", choices=Match.values, help="what it holds: external ids, or account numbers")
        sso.add_argument("--unchecked", action="store_true", help="keep it although the provider does not answer")
        sso.add_argument("--remove", action="store_true", help="disconnect it")
        site_settings.add_arguments(actions)

    def handle(self, *args: Any, **options: Any) -> None:
        utility = Utility.objects.filter(code=options["code"]).first()
        if utility is None:
            known = ", ".join(Utility.objects.order_by("code").values_list("code", flat=True))
            raise CommandError(f"There is no utility {options['code']!r} here; there is: {known or 'none yet'}.")
        if options["action"] != "sso":
            self.stdout.write(f"{utility.code}: {site_settings.change(utility, options)}")
            return
        if options["remove"]:
            SignInService.objects.filter(utility=utility).delete()
            self.stdout.write(f"{utility.code}: single sign-on is not connected any more")
            return
        with transaction.atomic():
            service = settled(utility, options)
            self._look(utility, service, options["unchecked"])

    def _look(self, utility: Utility, service: SignInService, is_unchecked: bool) -> None:
        try:
            found = examine(service)
        except SignInFailed as failed:
            if not is_unchecked:
                raise CommandError(
                    f"{utility.code}: this does not work, nothing was changed: {failed.detail} ({failed.failure})."
                    " --unchecked keeps it all the same."
                ) from None
            found = f"NOT CHECKED: {failed.detail}"
        self.stdout.write(
            f"{utility.code}: {service.issuer}\n"
            f"  client         {service.client_id} ({service.client_auth})\n"
            f"  asks for       {service.scopes}\n"
            f"  customer       claim {service.claim!r} is {service.get_matches_display()}\n"
            f"  redirect URI   {answer_url(utility)} (register it with the provider)\n"
            f"  provider       {found}"
        )


def settled(utility: Utility, options: dict[str, Any]) -> SignInService:
    """The connection with what is told changed; "sso" is among the utility's ways to sign in, first if it is new."""
    service = SignInService.objects.filter(utility=utility).first() or SignInService(utility=utility)
    for name in ("issuer", "client_id", "scopes", "claim", "matches"):
        if options[name] is not None:
            setattr(service, name, options[name])
    if not (service.issuer and service.client_id):
        raise CommandError(f"{utility.code}: single sign-on is not connected; --issuer and --client-id connect it.")
    if options["public"]:
        service.client_auth, service.secret_file = ClientAuth.NONE, ""
    elif options["private_key_file"]:
        service.client_auth, service.secret_file = ClientAuth.PRIVATE_KEY, str(options["private_key_file"].resolve())
    elif options["client_secret_file"]:
        service.client_auth = ClientAuth.POST if options["secret_in_body"] else ClientAuth.BASIC
        service.secret_file = str(options["client_secret_file"].resolve())
    service.save()
    if "sso" not in utility.sign_in_methods:
        utility.sign_in_methods = ["sso", *utility.sign_in_methods]
        utility.save(update_fields=["sign_in_methods"])
    return service
