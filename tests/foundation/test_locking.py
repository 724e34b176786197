"""Rows are locked before they change; a page of an older version changes nothing; a change raises the version."""

import pytest
from django.db import OperationalError, transaction

from consultation.models import Topic
from foundation.errors import Stale
from foundation.locking import locked, save
from tests import factories
from tests.together import at_once

pytestmark = pytest.mark.django_db


@pytest.mark.django_db(transaction=True)
def test_a_locked_row_is_nobody_elses_until_the_transaction_ends():
    topic = factories.topic()

    def take() -> None:
        with transaction.atomic():
            Topic.objects.select_for_update(nowait=True).get(pk=topic.pk)

    with pytest.raises(transaction.TransactionManagementError):
        locked(topic)
    with transaction.atomic():
        locked(topic)
        (refused,) = at_once(take)
    assert isinstance(refused, OperationalError)
    assert at_once(take) == [None]


def test_it_is_read_anew():
    topic = factories.topic("旧标题")
    Topic.objects.filter(pk=topic.pk).update(title="新标题")
    assert locked(topic).title == "新标题"


@pytest.mark.parametrize("version", [0, 2])
def test_a_page_of_another_version_is_stale(version):
    topic = factories.topic()
    save(topic)
    with pytest.raises(Stale):
        locked(topic, version)
    assert locked(topic, 1) == locked(topic) == topic


def test_saving_writes_the_fields_named_and_raises_the_version():
    topic = factories.topic("旧标题", summary="旧介绍")
    topic.title, topic.summary = "新标题", "新介绍"
    save(topic, "title")
    found = Topic.objects.get(pk=topic.pk)
    assert (found.title, found.summary, found.version) == ("新标题", "旧介绍", 1)
    assert topic.version == 1
