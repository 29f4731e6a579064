"""One real call of every operation: what the examples of the API document, the snippets on the reference pages, and
the Postman collection are made from. Whoever adds a route adds a row here; a test says so.

In a call, `{meter_uid}` and the like stand for what an earlier call's answer held (`keeps`): the calls run in the order
of this table, those that end something (`ends`) after all others.
"""

import re
from dataclasses import dataclass, field
from typing import Any

Values = dict[str, str]


@dataclass(frozen=True)
class Call:
    """What to send, and what of the answer to keep.

    `path` and `query` by parameter; `accept` and `headers` as they go over the wire; `keeps` from a variable to where
    its value stands in the answer, as `meters.0.uid`. `output` is the name of the file that the answer is, if it is no
    JSON. `errors` are kinds of error that this operation alone has, beside the common ones of `problems.KINDS`.
    """

    path: Values = field(default_factory=dict)
    query: Values = field(default_factory=dict)
    body: dict[str, Any] | None = None
    headers: Values = field(default_factory=dict)
    keeps: Values = field(default_factory=dict)
    output: str = ""
    errors: tuple[str, ...] = ()
    ends: bool = False


@dataclass(frozen=True)
class Group:
    """The operations whose address begins with the same word: a page of the reference, a tag of the API document."""

    title: str
    description: str


GROUPS = {
    "authorizations": Group("Authorizations", "What customers granted your company: consent, its scope and its end."),
    "meters": Group("Meters", "Metered services as seen through one authorization each."),
    "bills": Group("Bills", "What a meter's customer was charged, with line items."),
    "intervals": Group("Intervals", "Readings of meters, a day in each block."),
    "templates": Group("Templates", "What all links of your company share. Set in the settings, read here."),
    "forms": Group("Forms", "Links to send to customers, each prefilled, and tried out by a test customer."),
    "events": Group("Events", "What happened to what customers share with you, in order, to be ticked off."),
    "accounting": Group("Accounting", "Billing accounts and their statements, the billing summaries."),
    "files": Group("Files", "The same data as CSV, as Green Button XML, and bills as PDF."),
    "utilities": Group("Utilities", "What each utility on this platform offers. No token is needed."),
}

VARIABLES = {
    "authorization_uid": "The `uid` of an authorization",
    "meter_uid": "The `uid` of a meter",
    "bill_uid": "The `uid` of a bill",
    "event_uid": "The `uid` of an event",
    "template_uid": "The `uid` of a template",
    "form_uid": "The `uid` of a form",
    "billing_account_uid": "The `uid` of a billing account",
    "billing_summary_uid": "The `uid` of a billing summary",
    "utility": "The name of a utility in web addresses, or its id",
}
"""What stands for a value in a call, and what a path parameter that takes it is."""

OF_AUTHORIZATION = {"uid": "{authorization_uid}"}
OF_METER = {"uid": "{meter_uid}"}
OF_FORM = {"uid": "{form_uid}"}
OF_METERS = {"meters": "{meter_uid}"}
A_MONTH = OF_METERS | {"start": "2026-10-01", "end": "2026-11-01"}

CALLS = {
    "list_utilities": Call(keeps={"utility": "utilities.0.utility"}),
    "get_utility": Call(path={"utility": "{utility}"}),
    "list_authorizations": Call(
        query={"include": "meters", "limit": "1"},
        keeps={"authorization_uid": "authorizations.0.uid", "meter_uid": "authorizations.0.meters.meters.0.uid"},
    ),
    "get_authorization": Call(path=OF_AUTHORIZATION),
    "modify_authorization": Call(path=OF_AUTHORIZATION, body={"nickname": "1234 Main Ave"}),
    "list_meters": Call(query={"authorizations": "{authorization_uid}"}),
    "get_meter": Call(path=OF_METER),
    "modify_meter": Call(path=OF_METER, body={"is_archived": False}),
    "collect_history": Call(
        body={"meters": ["{meter_uid}"], "collection_duration": 24},
        headers={"Idempotency-Key": "collect-1"},
        errors=("expired_or_revoked",),
    ),
    "monitor": Call(body={"meters": ["{meter_uid}"], "frequency": "daily"}, errors=("expired_or_revoked",)),
    "list_bills": Call(query=OF_METERS | {"limit": "1"}, keeps={"bill_uid": "bills.0.uid"}),
    "list_intervals": Call(query=OF_METERS | {"limit": "1"}),
    "list_events": Call(
        query={"authorizations": "{authorization_uid}", "limit": "3"}, keeps={"event_uid": "events.0.uid"}
    ),
    "get_event": Call(path={"uid": "{event_uid}"}),
    "modify_event": Call(path={"uid": "{event_uid}"}, body={"is_delivered": True}),
    "list_billing_accounts": Call(query=OF_METERS, keeps={"billing_account_uid": "billing_accounts.0.uid"}),
    "get_billing_account": Call(path={"uid": "{billing_account_uid}"}),
    "list_billing_summaries": Call(
        query=OF_METERS | {"limit": "1"}, keeps={"billing_summary_uid": "billing_summaries.0.uid"}
    ),
    "get_billing_summary": Call(path={"uid": "{billing_summary_uid}"}),
    "file_of_meters": Call(query=OF_METERS, output="meters.csv"),
    "file_of_bills": Call(query=OF_METERS, output="bills.csv"),
    "file_of_authorization": Call(path=OF_AUTHORIZATION, output="bills.csv"),
    "file_of_line_items": Call(query=OF_METERS, output="lineitems.csv"),
    "file_of_billing_summaries": Call(query=OF_METERS, output="billing-summaries.csv"),
    "file_of_intervals": Call(query=A_MONTH, output="intervals.csv"),
    "file_of_green_button": Call(query=A_MONTH, output="greenbutton.xml"),
    "file_of_bill_pdfs": Call(query=OF_METERS | {"start": "2026-08-01"}, output="bills.zip"),
    "file_of_bill": Call(query={"uid": "{bill_uid}"} | OF_METERS, output="bill.pdf"),
    "file_of_latest_bill_by_parameter": Call(query={"meter": "{meter_uid}"}, output="latest.pdf"),
    "file_of_latest_bill": Call(path={"meter": "{meter_uid}"}, output="latest.pdf"),
    "file_of_source": Call(path={"raw": "{meter_uid}-{bill_uid}"}, output="bill.pdf"),
    "list_templates": Call(keeps={"template_uid": "templates.0.uid"}),
    "get_template": Call(path={"uid": "{template_uid}"}),
    "create_form": Call(
        body={"utility": "EPE", "customer_email": "customer@example.com", "scope": {"expires": "1y"}},
        keeps={"form_uid": "uid"},
    ),
    "list_forms": Call(query={"limit": "1"}),
    "get_form": Call(path=OF_FORM),
    "modify_form": Call(path=OF_FORM, body={"customer_email": "other@example.com"}),
    "test_submit_form": Call(
        path=OF_FORM, body={"utility": "EPE", "scenario": "residential"}, errors=("access_invalid",)
    ),
    "revoke_authorization": Call(path=OF_AUTHORIZATION, ends=True),
    "delete_form": Call(path=OF_FORM, ends=True),
    "delete_authorization": Call(path=OF_AUTHORIZATION, errors=("forbidden",), ends=True),
}

HOW_TO_ADD = "Give it a row in CALLS of src/wattkeeper/api/calls.py, then run `python bin/examples.py`."


def in_order() -> list[tuple[str, Call]]:
    """Every call after those whose answers it needs, and before those that end what it is about."""
    return sorted(CALLS.items(), key=lambda named: named[1].ends)


def filled(template: Any, values: Values) -> Any:
    """The template (text, or lists and objects of it) with its variables replaced; those without a value stay."""
    if isinstance(template, str):
        return re.sub(r"\{(\w+)\}", lambda found: values.get(found[1], found[0]), template)
    if isinstance(template, dict):
        return {name: filled(value, values) for name, value in template.items()}
    return [filled(value, values) for value in template] if isinstance(template, list) else template


def kept(call: Call, answer: Any) -> Values:
    """What a call keeps of its answer. LookupError where the answer does not have it."""
    found = {}
    for name, place in call.keeps.items():
        value = answer
        for step in place.split("."):
            value = value[int(step)] if isinstance(value, list) else value[step]
        found[name] = str(value)
    return found
