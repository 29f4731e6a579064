"""The filters of `common.formats` for templates."""

from django import template

from wattkeeper.common import formats

register = template.Library()
register.filter("day", formats.day)
register.filter("weekday", formats.weekday)
register.filter("moment", formats.moment)
register.filter("amount", formats.amount)
