"""Dates in Chinese, with the weekday."""

DATE_FORMAT = "Y年n月j日 l"
SHORT_DATE_FORMAT = "n月j日"
DATETIME_FORMAT = "Y年n月j日 l H:i"
SHORT_DATETIME_FORMAT = "Y年n月j日 H:i"
