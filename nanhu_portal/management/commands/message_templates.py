"""Prints every text for the form of a provider of text messages, as CSV: manage.py message_templates > texts.csv"""

import csv

from django.core.management.base import BaseCommand

from foundation import message_templates, template_sheet


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args, **options):
        writer = csv.writer(self.stdout)
        writer.writerow(["code", "name", "to", "text", "variables", "example", "parts", "provider code"])
        for row in template_sheet.rows(message_templates.provider_codes()):
            parts = f"{row.shortest}-{row.longest}"
            writer.writerow([row.code, row.name, row.to, row.filed, row.rule, row.example, parts, row.provider_code])
