"""What is most likely real where a member with the mark 演示 is."""

from django.db.models import QuerySet

from foundation.invented import offers

from ..models import Member, Story


@offers(Member)
def _of_member(member: Member) -> list[QuerySet]:
    return [Story.objects.filter(member=member)]
