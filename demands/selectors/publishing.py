"""A public demand as schema.org data."""

from django.urls import reverse

from consultation.selectors.areas import address_data
from foundation.iso_time import iso_day
from foundation.links import absolute
from foundation.schema_org import document, organiser, thing

from ..models import Demand
from ..workflow import SOLVED


def demand_data(demand: Demand) -> dict:
    """Return a public demand, whose area is one of the cached tree: a question, and what came of it as the answer.

    schema.org has no type for a need that an authority handles. "Demand" there is the counterpart of an offer of goods,
    while a question says who may know the answer, where it arises, how many ask it too, and whether it is answered.
    From published fields alone, and without anybody as its author.
    """
    answer = None
    if demand.status in SOLVED and demand.public_result:
        answer = thing(
            "Answer", text=demand.public_result, datePublished=iso_day(demand.closed_at), publisher=organiser()
        )
    return document(
        thing(
            "Question",
            name=demand.public_title,
            text=demand.public_summary,
            url=absolute(reverse("demand_detail", args=[demand.ref])),
            identifier=demand.ref,
            about=thing("Thing", name=str(demand.category)),
            contentLocation=thing("Place", name=demand.area.place, address=address_data(demand.area)),
            creativeWorkStatus=str(demand.get_status_display()),
            # Texts of demands are published in Chinese only.
            inLanguage="zh-Hans",
            dateCreated=iso_day(demand.received_at),
            datePublished=iso_day(demand.published_at),
            publisher=organiser(),
            upvoteCount=demand.support_count,
            answerCount=int(answer is not None),
            acceptedAnswer=answer,
            is_demo=demand.is_demo,
        )
    )
