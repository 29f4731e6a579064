"""Templates: what all of a company's forms share. Read-only here (utilityapi-json-api: sections 2 and 4.1)."""

from ninja import Query, Router

from wattkeeper.api import form_objects
from wattkeeper.api.errors import not_found
from wattkeeper.api.form_schemas import Template, TemplateFilters, TemplateListing
from wattkeeper.api.operations import ApiRequest, answers
from wattkeeper.api.pages import cut, newest_first
from wattkeeper.api.params import exactly, uuids
from wattkeeper.companies import models

router = Router(tags=["templates"])


@router.get("", response=answers(TemplateListing), operation_id="list_templates", summary="List templates")
def list_templates(request: ApiRequest, filters: Query[TemplateFilters]) -> TemplateListing:
    """Your company's templates, newest first; there is one from the start. Filters combine with AND."""
    owner = form_objects.company_owner(request.auth)
    mine = models.Template.objects.filter(company=request.auth.company)
    rows = mine.select_related("company")
    if filters.uids is not None:
        rows = rows.filter(uid__in=uuids(filters.uids))
    if filters.disabled is not None:
        rows = rows.filter(disabled=filters.disabled)
    page, following = cut(request, list(newest_first(rows, mine, filters)), filters)
    return TemplateListing(templates=[form_objects.template(row, owner) for row in page], next=following)


@router.get("/{uid}", response=answers(Template, 404), operation_id="get_template", summary="Get a template")
def get_template(request: ApiRequest, uid: str) -> Template:
    """One template of your company."""
    owner = form_objects.company_owner(request.auth)
    mine = models.Template.objects.filter(company=request.auth.company).select_related("company")
    found = mine.filter(uid__in=exactly(uid)).first()
    if found is None:
        raise not_found("There is no such template.")
    return form_objects.template(found, owner)
