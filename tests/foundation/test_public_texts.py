"""Every text field is either public, and holds no personal number, or is known to be read by few."""

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models, transaction

from consultation.models import Topic
from foundation.errors import Refused
from foundation.forms import TextField
from foundation.public_texts import PublicCharField, PublicTextField
from tests import factories

PUBLIC = {
    "consultation.AgendaItem": "presenter title",
    "consultation.Agreement": "baseline evidence office outcome reason target what",
    "consultation.Area": "name name_en",
    "consultation.Event": "cancel_reason minutes place summary title",
    "consultation.Milestone": "title",
    "consultation.Organisation": "about name name_en",
    "consultation.PaperTemplate": "body signature title",
    "consultation.Picture": "alt",
    "consultation.Platform": "name name_en style style_en summary summary_en",
    "consultation.Project": ("baseline evidence result stop_reason sum_note summary summary_en target title title_en"),
    "consultation.ProjectPartner": "part",
    "consultation.ProjectPlace": "name note",
    "consultation.Series": "about about_en brand_set brand_set_en name name_en",
    "consultation.StudyNote": "body title",
    "consultation.SubdistrictProfile": (
        "address address_en hours hours_en name name_en organiser organiser_en privacy_contact privacy_contact_en"
        " privacy_note privacy_note_en retention_note retention_note_en"
        " story story_en story_source story_source_en story_title story_title_en"
    ),
    "consultation.Topic": "outcome summary title",
    "consultation.Venue": "address hours hours_en name name_en",
    "demands.Category": "hint hint_en name name_en",
    "demands.Demand": "public_result public_summary public_title responsible",
    "demands.Dispatch": "ask",
    "demands.OfficeRequest": "background question",
    "demands.Proposal": "analysis number recipient replied_by reply situation suggestions title",
    "demands.StandardReply": "body title",
    "demands.Unit": "name name_en",
    "foundation.ConsentText": "hint hint_en text text_en",
    "foundation.Portal": (
        "address address_en hours hours_en name name_en organiser organiser_en privacy_contact privacy_contact_en"
        " story story_en story_source story_source_en story_title story_title_en"
    ),
    "foundation.User": "office",
    "members.LiaisonCommittee": "address hours hours_en name name_en",
    "members.Member": "about name name_en role role_en",
    "members.ProfileChange": "about",
    "members.ProjectMember": "part",
    "members.Reception": "about cancel_reason place",
    "members.Resource": "about about_en for_whom languages title title_en",
    "members.ResourceCategory": "name name_en",
    "members.Sector": "name name_en",
    "members.Story": "body body_en title title_en",
    "members.VenueHost": "times",
}
# Written or read by few, or no text at all: codes, hashes, names of files, phones that are published as such.
OTHERS = {
    "consultation.Alert": "key kind ref",
    "consultation.AlertChoice": "kind",
    "consultation.Event": "door_key",
    "consultation.Picture": "full thumbnail",
    "consultation.SignUp": "code_hash consent_language",
    "consultation.SubdistrictProfile": "full host icp_record phone police_record site_code thumbnail",
    "consultation.TopicOrder": "consent_language visitor",
    "consultation.Venue": "code phone",
    "demands.CategoryWord": "word",
    "demands.DangerWord": "word",
    "demands.DeadlineChange": "office",
    "demands.Demand": "code_hash consent_language description form_hash place ref trail_head",
    "demands.DemandCounter": "prefix",
    "demands.DemandMessage": "body office",
    "demands.DemandPhoto": "alt full thumbnail",
    "demands.DemandTransition": "office",
    "demands.Dispatch": "reason report",
    "demands.ImportBatch": "digest file_name",
    "demands.ImportRow": "problem reference sealed source",
    "demands.Macro": "name",
    "demands.MissedSearch": "words",
    "demands.OfficeRequest": "answer answered_by office",
    "demands.Rating": "comment",
    "demands.SavedFilter": "name query",
    "demands.Support": "consent_language visitor",
    "demands.Synonym": "words",
    "demands.TopicDemand": "notified_status",
    "demands.TrailEntry": "hash previous",
    "demands.WordCount": "other_sound sound word",
    "foundation.AuditEntry": "detail subject",
    "foundation.Authenticator": "name sealed_key",
    "foundation.BackupRun": "file",
    "foundation.CalendarDay": "note",
    "foundation.ConsentText": "version",
    "foundation.Contact": "called email email_hash last4_hash phone phone_hash",
    "foundation.CountTotal": "label outcome",
    "foundation.DigestSubscription": "kind language",
    "foundation.Draft": "key sealed subject",
    "foundation.KnownDevice": "mark",
    "foundation.OutboxMessage": "digest failure key provider_id short_code subject_ref template",
    "foundation.PolicyViolation": "blocked directive view",
    "foundation.Portal": "icp_record phone police_record site_code",
    "foundation.RecoveryCode": "code_hash",
    "foundation.Session": "address device session_data session_key",
    "foundation.SetupRun": "code_hash sealed",
    "foundation.StagedPhoto": "full key thumbnail",
    "foundation.Throttle": "key",
    "foundation.Trial": "answer",
    "foundation.User": "name password username",
    "foundation.Webhook": "name sealed",
    "foundation.WorkerBeat": "name",
    "members.Attendance": "visitor",
    "members.DutyCorrection": "after before field reason",
    "members.DutyPhoto": "alt full thumbnail",
    "members.DutyReason": "text",
    "members.DutyRecord": "evidence place reason text",
    "members.LiaisonCommittee": "phone ref_prefix",
    "members.Member": "full thumbnail",
    "members.ProfileChange": "full reason thumbnail",
    "members.ReceptionBooking": "code_hash consent_language",
    "members.Resource": "reason",
    "members.ResourceBooking": "key",
}
NUMBER = "13812345678"


def test_every_text_field_is_public_or_known_to_be_read_by_few():
    found = {True: {}, False: {}}
    for model in apps.get_models():
        if model._meta.app_label not in ("foundation", "consultation", "members", "demands"):
            continue
        for field in model._meta.local_fields:
            # Codes of moves, and what is chosen from a list, are no texts.
            is_code = field.choices or field.name in ("from_status", "to_status")
            is_code = is_code or (field.name == "reason" and model.__name__.endswith("Transition"))
            is_code = is_code or isinstance(field, models.EmailField | models.URLField | models.SlugField)
            if isinstance(field, models.CharField | models.TextField) and not is_code:
                public = isinstance(field, PublicCharField | PublicTextField)
                found[public].setdefault(model._meta.label, []).append(field.name)
    assert {label: " ".join(sorted(names)) for label, names in found[True].items()} == PUBLIC
    assert {label: " ".join(sorted(names)) for label, names in found[False].items()} == OTHERS


@pytest.mark.django_db
def test_public_field_refuses_a_number_however_it_is_saved():
    topic = factories.topic()
    topic.summary = f"加装充电棚。\n\n有意者请联系 {NUMBER}。"
    with pytest.raises(ValidationError) as error:
        topic.full_clean()
    why = "第 2 段有手机号 138****5678。这里的文字会公开或发出，请删去，或改用单位的座机、热线。"
    assert error.value.message_dict == {"summary": [why]}
    ways = [
        lambda: topic.save(),
        lambda: topic.save(update_fields=["summary"]),
        lambda: Topic.objects.filter(pk=topic.pk).update(summary=topic.summary),
        lambda: Topic.objects.bulk_create([Topic(area=topic.area, title=NUMBER, summary="…")]),
        lambda: Topic.objects.bulk_update([topic], ["summary"]),
    ]
    for save in ways:
        with pytest.raises(Refused, match=r"138\*{4}5678"), transaction.atomic():
            save()
    topic.summary = "加装充电棚，咨询 027-87654321、12345。"
    topic.full_clean()
    topic.save()
    assert Topic.objects.get(pk=topic.pk).summary == topic.summary


def test_form_field_refuses_a_number_only_if_it_goes_out():
    assert TextField().clean(NUMBER) == NUMBER
    with pytest.raises(ValidationError, match="手机号"):
        TextField(goes_out=True).clean(NUMBER)
