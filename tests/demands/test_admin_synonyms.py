"""Synonyms at the desk: what staff see, add and change, and what was searched for in vain."""

import datetime
import threading
from collections import Counter
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction

import demands
from demands.models import MissedSearch, Synonym, SynonymUse
from demands.models.synonyms import MAX_LENGTH, check, joined, split
from demands.services import synonym_import
from demands.suggestions import vocabulary
from foundation import clock
from foundation.audit import AuditEntry
from foundation.words import fold
from tests import factories
from tests.pages import form, words
from tests.rows import each_row
from tests.together import await_a_waiting_lock

pytestmark = pytest.mark.django_db

LIST, MISSED = "/admin/demands/synonym/", "/admin/demands/missedsearch/"
ADD = f"{LIST}add/"


@pytest.fixture(autouse=True)
def none():
    """Without the first set; and what other tests cached is forgotten."""
    Synonym.objects.all().delete()
    vocabulary.synonyms.forget()
    yield
    vocabulary.synonyms.forget()


def group(text: str = "电瓶车、电动车", **values) -> Synonym:
    return Synonym.objects.create(words=text, **values)


def change_page(row: Synonym) -> str:
    return f"{LIST}{row.pk}/change/"


def listed(client, query: str = "") -> list[str]:
    response = client.get(f"{LIST}{query}")
    assert response.status_code == 200
    return [row.words for row in response.context["cl"].result_list]


def acts() -> list[tuple[str, str]]:
    return [
        (entry.action, entry.detail) for entry in AuditEntry.objects.exclude(action__startswith="sign").order_by("pk")
    ]


def months() -> tuple[datetime.date, datetime.date, datetime.date]:
    """The first days of this month, the last, and the one before."""
    this = clock.today().replace(day=1)
    last = (this - datetime.timedelta(days=1)).replace(day=1)
    return this, last, (last - datetime.timedelta(days=1)).replace(day=1)


# --- The list --------------------------------------------------------------------------------------------------------


@each_row(
    ("query", "expected"),
    [
        ("", ["电瓶车、电动车", "噪音、噪声"]),
        ("?q=电动", ["电瓶车、电动车"]),
        ("?q=噪声", ["噪音、噪声"]),
        ("?q=没有", []),
        ("?is_active__exact=0", ["噪音、噪声"]),
        ("?is_active__exact=1", ["电瓶车、电动车"]),
    ],
)
def test_staff_find_a_group_by_any_of_its_words(community_client, query, expected):
    group()
    group("噪音、噪声", is_active=False)
    assert listed(community_client, query) == expected


def test_the_list_says_how_many_searches_a_group_helped_last_month_and_this_one(district_client):
    helped, _idle = group(), group("噪音、噪声")
    for month, count in zip(months(), (3, 14, 900), strict=True):
        SynonymUse.objects.create(synonym=helped, month=month, count=count)
    text = words(district_client.get(LIST))
    assert "上月帮到几次搜索" in text and "本月帮到几次搜索" in text
    rows = district_client.get(LIST).context["cl"].result_list
    assert [(row.words, row.last_month, row.this_month) for row in rows] == [
        ("电瓶车、电动车", 14, 3),
        ("噪音、噪声", 0, 0),
    ]
    # The one that helped most comes first.
    assert listed(district_client, "?o=3") == ["噪音、噪声", "电瓶车、电动车"]
    assert listed(district_client, "?o=-3") == ["电瓶车、电动车", "噪音、噪声"]


@pytest.mark.parametrize("count", [1, 3])
def test_the_lists_take_as_many_queries_at_one_row_and_at_three(district_client, count, django_assert_num_queries):
    this, last, _before = months()
    for number in range(count):
        row = group(f"甲甲{number}、乙乙{number}")
        SynonymUse.objects.create(synonym=row, month=last, count=number)
        MissedSearch.objects.create(words=f"甲甲{number}" if number % 2 else f"丙丙{number}", month=this, count=3)
    for address, expected in ((LIST, 6), (f"{LIST}?q=甲甲&is_active__exact=1", 6), (MISSED, 7)):
        district_client.get(address)
        with django_assert_num_queries(expected):
            district_client.get(address)


# --- Adding, changing, deleting --------------------------------------------------------------------------------------


def test_liaison_staff_keep_the_synonyms_and_each_change_is_audited(district_client):
    page = form(district_client.get(ADD), "words")
    assert page.send(district_client, ADD, words="电瓶车 电动车，电动自行车").status_code == 302
    row = Synonym.objects.get()
    assert (row.words, row.is_active) == ("电瓶车、电动车、电动自行车", True)
    page = form(district_client.get(change_page(row)), "words")
    assert page.send(district_client, change_page(row), is_active=None).status_code == 302
    row.refresh_from_db()
    assert not row.is_active
    assert district_client.post(f"{LIST}{row.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not Synonym.objects.exists()
    assert acts() == [("added", ""), ("changed", "启用"), ("deleted", "")]


@each_row(
    ("text", "problem"),
    [
        ("", "必填"),
        ("电瓶车", "请至少填写两个意思相同的词"),
        # The same word once in full width.
        ("WIFI ＷＩＦＩ", "请至少填写两个意思相同的词"),
        ("电瓶车、车", "“车”不符合要求：每个词 2 到 12 个字"),
        ("电瓶车、一二三四五六七八九十一二三", "每个词 2 到 12 个字"),
        ("、".join(f"甲乙{number}" for number in range(13)), "一组最多 12 个词"),
        ("电单车 噪音", "“噪音”已在另一组中：噪音、噪声。请合并为一组。"),
        ("噪音、噪声", "“噪音”已在另一组中"),
    ],
)
def test_words_that_do_not_fit_are_refused_with_the_reason(district_client, text, problem):
    group("噪音、噪声")
    response = form(district_client.get(ADD), "words").send(district_client, ADD, words=text)
    assert response.status_code == 200
    assert problem in words(response)
    assert Synonym.objects.count() == 1


def test_staff_of_one_of_several_subdistricts_read_the_synonyms_of_all(liaison_client):
    row = group()
    assert row.words in words(liaison_client.get(LIST))
    assert liaison_client.get(ADD).status_code == 403
    assert liaison_client.post(change_page(row), {"words": "别的词、另外的词"}).status_code == 403
    assert liaison_client.post(f"{LIST}export/").status_code == 403
    # While there is one, they keep them.
    factories.one_subdistrict()
    assert liaison_client.get(ADD).status_code == 200
    assert liaison_client.post(f"{LIST}export/").status_code == 200


def test_a_change_counts_at_the_next_search(district_client, django_capture_on_commit_callbacks):
    assert vocabulary.synonyms().found_in("电瓶车") == []
    with django_capture_on_commit_callbacks(execute=True):
        form(district_client.get(ADD), "words").send(district_client, ADD, words="电瓶车、电动车")
    [variant] = vocabulary.synonyms().found_in("电瓶车")
    assert variant.texts == ("电动车",)


def test_the_first_set_keeps_the_rules_of_the_form():
    lines = (Path(demands.__file__).parent / "first_synonyms.txt").read_text("utf-8").splitlines()
    groups = [line for line in lines if not line.startswith("#")]
    for line in groups:
        check(line)
        assert len(line) <= MAX_LENGTH and line == joined(split(line)), line
    twice = [
        word for word, count in Counter(fold(word) for line in groups for word in split(line)).items() if count > 1
    ]
    assert len(groups) > 1000 and twice == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("way", ["form", "file"])
def test_two_who_add_a_word_at_once_do_not_put_it_into_two_groups(way):
    """Each looks whether a group has the word; the second waits, and sees what the first has added."""
    Synonym.objects.all().delete()
    staff, said = factories.superuser(), []

    def add_another():
        file = SimpleUploadedFile("synonyms.csv", "意思相同的词\n电单车、电动车\n".encode())
        try:
            if way == "form":
                Synonym(words="电单车、电动车").full_clean()
            else:
                said.append(synonym_import.import_file(file, actor=staff))
        except ValidationError as error:
            said.extend(error.messages)
        finally:
            connection.close()

    other = threading.Thread(target=add_another)
    with transaction.atomic():
        mine = Synonym(words="电瓶车、电动车")
        mine.full_clean()
        other.start()
        await_a_waiting_lock(other)
        mine.save()
    other.join(timeout=30)
    if way == "form":
        assert said == ["“电动车”已在另一组中：电瓶车、电动车。请合并为一组。"]
    else:
        assert (said[0].new, said[0].changed) == (0, 1)
    assert Synonym.objects.count() == 1


def test_the_page_that_asks_before_deleting_does_not_list_the_tallies(district_client):
    row = group()
    for month in months():
        SynonymUse.objects.create(synonym=row, month=month, count=3)
    text = words(district_client.get(f"{LIST}{row.pk}/delete/"))
    assert "电瓶车、电动车" in text
    assert not any(f"{month:%Y-%m}" in text for month in months())
    assert "synonym use" not in text
    district_client.post(f"{LIST}{row.pk}/delete/", {"post": "yes"})
    assert not SynonymUse.objects.exists()


def test_several_groups_are_deleted_together(district_client):
    keys = [group().pk, group("噪音、噪声").pk]
    values = {"action": "delete_selected", "_selected_action": keys, "post": "yes"}
    assert district_client.post(LIST, values).status_code == 302
    assert not Synonym.objects.exists()
    assert acts() == [("deleted", ""), ("deleted", "")]


# --- What was searched for in vain -----------------------------------------------------------------------------------


def missed(text: str, count: int = 3) -> MissedSearch:
    return MissedSearch.objects.create(words=text, month=datetime.date(2026, 3, 1), count=count)


def test_a_word_that_was_missed_becomes_a_synonym_in_two_steps(district_client):
    missed("乒乓球台", 7)
    response = district_client.get(MISSED)
    assert "乒乓球台 2026年3月 7 加为同义词" in words(response)
    [address] = [part for part in response.content.decode().split('"') if part.startswith(f"{ADD}?")]
    page = form(district_client.get(address), "words")
    assert page.values["words"] == "乒乓球台、"
    page.send(district_client, ADD, words=f"{page.values['words']}乒乓球桌")
    assert Synonym.objects.get().words == "乒乓球台、乒乓球桌"
    # Now the list says so.
    response = district_client.get(MISSED)
    assert "已在同义词组中： 乒乓球台、乒乓球桌" in words(response)
    assert change_page(Synonym.objects.get()) in response.content.decode()
    assert f"{ADD}?" not in response.content.decode()


def test_what_cannot_be_a_synonym_has_no_link(district_client):
    for text in ("高沛 补课", "车"):
        missed(text)
    response = district_client.get(MISSED)
    assert "高沛 补课" in words(response) and "车" in words(response)
    assert f"{ADD}?" not in response.content.decode()


def test_those_who_may_not_add_synonyms_see_both_lists_and_no_links(community_client, auditor_client):
    row = group()
    missed("乒乓球台")
    # What residents of other subdistricts searched for is not theirs to read.
    for client in (community_client, auditor_client):
        assert client.get(MISSED).status_code == 403
    factories.one_subdistrict()
    for client in (community_client, auditor_client):
        shown = client.get(MISSED)
        assert "乒乓球台" in words(shown)
        assert ADD not in shown.content.decode() + client.get(LIST).content.decode()
        assert client.post(change_page(row), {"words": "别的词、另外的词"}).status_code == 403
        assert client.post(f"{LIST}{row.pk}/delete/", {"post": "yes"}).status_code == 403


def test_the_words_missed_most_lately_come_first(district_client):
    for text, month, count in (("一月的", 1, 90), ("三月少的", 3, 3), ("三月多的", 3, 30)):
        MissedSearch.objects.create(words=text, month=datetime.date(2026, month, 1), count=count)
    rows = district_client.get(MISSED).context["cl"].result_list
    assert [row.words for row in rows] == ["三月多的", "三月少的", "一月的"]


def test_both_lists_are_in_the_menu_of_the_desk(district_client):
    html = district_client.get("/admin/menu/").content.decode()
    assert f'href="{LIST}"' in html and f'href="{MISSED}"' in html
