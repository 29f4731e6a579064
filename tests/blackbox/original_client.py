"""A client of the original platform, written from its public documentation alone: it knows nothing of this one.

    python original_client.py https://utilityapi.com TOKEN

Lists what customers granted, activates their meters, waits until they are updated, reads every bill and interval page
by page, downloads every export, and at last revokes the authorizations. Prints what it found as JSON.
"""

import json
import sys
import time
from collections.abc import Iterator
from typing import Any

import requests

PATIENCE = 600
PAUSE = 2


class OriginalClient:
    """API v2, as documented: a bearer token, JSON in and out, listings with `next`."""

    def __init__(self, base: str, token: str) -> None:
        self.root = f"{base.rstrip('/')}/api/v2"
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {token}"

    def get(self, url: str, **parameters: str) -> requests.Response:
        """A GET that waits when it is told to (429 with Retry-After)."""
        while True:
            response = self.session.get(url, params=parameters, timeout=120)
            if response.status_code != 429:
                response.raise_for_status()
                return response
            time.sleep(int(response.headers["Retry-After"]))

    def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        response = self.session.post(f"{self.root}{path}", json=body, timeout=120)
        response.raise_for_status()
        return response.json()

    def listing(self, name: str, path: str = "", **parameters: str) -> Iterator[Any]:
        """Every object of a listing: `next` is a ready-made address."""
        page = self.get(f"{self.root}{path or '/' + name}", **parameters).json()
        while True:
            yield from page[name]
            if page["next"] is None:
                return
            page = self.get(page["next"]).json()

    def activate(self, uids: list[str]) -> None:
        """Collects what is there, and asks to be kept up to date."""
        assert self.post("/meters/historical-collection", {"meters": uids, "collection_duration": 24})["success"]
        monitored = self.post(
            "/meters/ongoing-monitoring", {"meters": uids, "frequency": "monthly", "fixed_refresh_day": 5}
        )
        assert (monitored["success"], monitored["frequency"], monitored["fixed_refresh_day"]) == (True, "monthly", 5)

    def updated(self, uids: list[str]) -> list[Any]:
        """The meters, once all are updated and have their bills and intervals."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            meters = list(self.listing("meters", uids=",".join(uids)))
            assert all(meter["status"] != "errored" for meter in meters), [meter["notes"] for meter in meters]
            if all(meter["status"] == "updated" and meter["is_activated"] for meter in meters):
                return meters
            time.sleep(PAUSE)
        raise AssertionError("the meters are still pending")

    def read(self, meter: Any) -> dict[str, Any]:
        """Everything of one meter."""
        bills = list(self.listing("bills", meters=meter["uid"], limit="10"))
        intervals = list(self.listing("intervals", meters=meter["uid"], order="earliest_first", limit="300"))
        readings = [reading for interval in intervals for reading in interval["readings"]]
        notes = {note["type"] for note in meter["notes"]}
        return {
            "uid": meter["uid"],
            "bills": len(bills),
            "bill_count": meter["bill_count"],
            "cost": round(sum(bill["base"]["bill_total_cost"] for bill in bills), 2),
            "line_items": sum(len(bill["line_items"]) for bill in bills),
            "readings": len(readings),
            "interval_count": meter["interval_count"],
            "kwh": round(sum(reading["kwh"] or 0 for reading in readings), 3),
            "is_full": {"bills_full", "intervals_full"} <= notes,
            "exports": self.exports(meter),
        }

    def exports(self, holder: Any) -> dict[str, int]:
        """The size of every file that an authorization or a meter names."""
        return {export["name"]: len(self.get(export["link"]).content) for export in holder["exports_list"]}

    def statements(self, authorization: str) -> dict[str, int]:
        listed = {
            name: list(self.listing(name, f"/accounting/{name.replace('_', '-')}", authorizations=authorization))
            for name in ("billing_accounts", "billing_summaries")
        }
        return {name: len(rows) for name, rows in listed.items()}


def main(base: str, token: str) -> list[dict[str, Any]]:
    client, found = OriginalClient(base, token), []
    for authorization in client.listing("authorizations", include="meters", is_revoked="false", is_declined="false"):
        assert authorization["status"] == "updated"
        uids = [meter["uid"] for meter in authorization["meters"]["meters"] if not meter["is_activated"]]
        client.activate(uids)
        found.append(
            {
                "uid": authorization["uid"],
                "meters": [client.read(meter) for meter in client.updated(uids)],
                "exports": client.exports(client.get(f"{client.root}/authorizations/{authorization['uid']}").json()),
                **client.statements(authorization["uid"]),
            }
        )
    for authorization in found:
        revoked = client.post(f"/authorizations/{authorization['uid']}/revoke")
        assert (revoked["is_revoked"], revoked["revoked"] is not None) == (True, True)
    return found


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
