"""Dates in English, with the weekday."""

DATE_FORMAT = "l, j F Y"
SHORT_DATE_FORMAT = "j M"
DATETIME_FORMAT = "l, j F Y, H:i"
SHORT_DATETIME_FORMAT = "j M Y, H:i"
