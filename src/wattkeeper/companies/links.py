"""The forms of companies: links made ahead, each with what it is prefilled with."""

from typing import Any

from django.db import transaction

from wattkeeper.common import audit, clock
from wattkeeper.common.audit import Actor
from wattkeeper.companies.models import Form
from wattkeeper.events import log

CHANGEABLE = (
    "template",
    "authorization_uid",
    "customer_email",
    "utility",
    "scope",
    "disabled",
    "is_archived",
)


@transaction.atomic
def create(form: Form, by: Actor) -> None:
    """Keeps a new form, tells the log and the trail."""
    form.save()
    code = form.utility.code if form.utility is not None else ""
    log.record(log.event("form_created", utility_code=code, company_id=form.company_id, form_uid=form.uid))
    _tell("form_created", form, by)


@transaction.atomic
def change(form: Form, values: dict[str, Any], by: Actor) -> None:
    """Gives a form other values, of CHANGEABLE; a link that was sent already is about them from now on."""
    for name, value in values.items():
        setattr(form, name, value)
    form.updated = clock.now()
    form.save(update_fields=[*(name for name in CHANGEABLE if name in values), "updated"])
    _tell("form_changed", form, by, fields=sorted(values))


@transaction.atomic
def delete(form: Form, by: Actor) -> None:
    """Removes a form: its link leads nowhere any more. What customers granted by it stays."""
    _tell("form_deleted", form, by)
    form.delete()


def _tell(action: str, form: Form, by: Actor, **data: audit.Value) -> None:
    code = form.utility.code if form.utility is not None else ""
    about: dict[str, audit.Value] = {"form": form.uid, "template": form.template.uid, **data}
    audit.record(action, actor=by, utility_code=code, authorization_uid=form.authorization_uid, data=about)
