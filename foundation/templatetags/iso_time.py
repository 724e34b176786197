"""Times for machines, as in `<time datetime="{{ at|iso_time }}">`."""

from django import template

from .. import iso_time

register = template.Library()
register.filter("iso_time", iso_time.iso_time)
register.filter("iso_day", iso_time.iso_day)
register.filter("iso_month", iso_time.iso_month)
