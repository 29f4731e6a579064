"""What the authorization server costs in processor time: finding out who calls, and each step of a code flow.

    make bench, or: PYTHONPATH=tests python bench/token_check.py

Everything runs in this process. The token check is timed alone; the query is timed again as plain SQL, so that what
the code adds to it can be told. Steps are whole requests (middleware, view, database).
"""

import os
import tempfile
import time
from collections.abc import Callable

import django

ROUNDS, TIMES = 10, 200


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["WATTKEEPER_VAR"] = folder
        os.environ["WATTKEEPER_ALLOWED_HOSTS"] = "testserver"
        for name in ("CLIENT", "TOKEN", "ADDRESS", "WRONG_CLIENTS"):
            os.environ[f"WATTKEEPER_LIMIT_{name}"] = "1000000/second"
        os.environ["DJANGO_SETTINGS_MODULE"] = "wattkeeper.config.settings"
        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        token_check()
        steps()


def best(run: Callable[[], object], times: int = TIMES) -> float:
    """Milliseconds of processor time, the least of several rounds."""
    run()
    rounds = []
    for _ in range(ROUNDS):
        started = time.process_time()
        for _ in range(times):
            run()
        rounds.append((time.process_time() - started) / times * 1000)
    return min(rounds)


def token_check() -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    import cast
    from wattkeeper.authorizations import access

    party = cast.third_party("Bench")
    grant = cast.authorize(party, cast.customer())
    for name, token in (("access token", cast.access_token(grant)), ("API token", party.api_token)):
        with CaptureQueriesContext(connection) as seen:
            access.identify(token)
        sql = seen[0]["sql"]

        def ask(sql: str = sql) -> None:
            with connection.cursor() as cursor:
                cursor.execute(sql)
                cursor.fetchone()

        whole, query = best(lambda token=token: access.identify(token)), best(ask)  # type: ignore[misc]
        print(f"{name}: {len(seen)} query, {whole:.3f} ms, of which the query {query:.3f} ms")


def steps() -> None:
    from django.test import Client

    import cast
    import oauth_flow as flow

    party, service, client, times = cast.third_party("Steps"), cast.customer("Oscar Other"), Client(), 20
    print(f"authorize GET: {best(lambda: flow.ask(client, party), times):.2f} ms")
    codes = [flow.code_for(client, party, service) for _ in range(ROUNDS * times + 1)]
    print(f"token POST, a code: {best(lambda: flow.redeem(client, party, codes.pop()), times):.2f} ms")
    newest = flow.redeem(client, party, flow.code_for(client, party, service)).json()

    def refresh() -> None:
        newest.update(flow.refresh(client, party, newest["refresh_token"]).json())

    print(f"token POST, a refresh: {best(refresh, times):.2f} ms")
    wrong = flow.basic(party, "f" * 64)
    asked = {"grant_type": "client_credentials"}
    print(f"token POST, a wrong secret: {best(lambda: flow.post(client, asked, wrong), times):.2f} ms")


if __name__ == "__main__":
    main()
