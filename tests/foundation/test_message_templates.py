"""The list of messages: whole, and such that a provider of text messages approves it."""

import ast
import re

import pytest
from django.utils import translation

from consultation.services import topics
from demands.services import consulting
from demands.workflow import TRAITS
from foundation import message_templates, outbox, sms
from foundation.message_templates import Kind, Recipient, Unlisted, fitting, parts
from foundation.sms import Text
from tests.test_layers import nodes, trees

TABLES = {
    *(traits.message for traits in TRAITS.values() if traits.message),
    *consulting.TOPIC_MESSAGES.values(),
    *topics.TEMPLATES.values(),
}
PAGES = ("render", "act_page", "_page")  # what they call a template is one of a page
BY_SMS = sorted(message_templates.by_sms())


def named_in_code() -> set[str]:
    """The texts that are given, in the source, to a function for its parameter `template`, or to a name like it."""
    every = [node for _path, tree in trees() for node in nodes(tree)]
    places = {}
    for node in (node for node in every if isinstance(node, ast.FunctionDef)):
        names = [argument.arg for argument in node.args.args]
        texts = [
            one.arg for one in [*node.args.args, *node.args.kwonlyargs] if getattr(one.annotation, "id", "") == "str"
        ]
        if "template" in texts and node.name not in PAGES:
            places.setdefault(node.name, set()).update({names.index("template")} if "template" in names else ())
    assert {"enqueue", "enqueue_for_staff", "enqueue_to_found", "enqueue_to_accounts"} <= set(places)
    found = set()
    for node in every:
        given = []
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in places:
                given = [node.args[place] for place in places[name] if place < len(node.args)]
                given += [keyword.value for keyword in node.keywords if keyword.arg == "template"]
        elif isinstance(node, ast.Assign) and [getattr(target, "id", "") for target in node.targets] == ["template"]:
            given = [node.value]
        for value in given:
            found |= {one.value for one in ast.walk(value) if isinstance(one, ast.Constant)} - {""}
    return {one for one in found if isinstance(one, str) and re.fullmatch(r"[a-z_]+", one)}


def test_every_message_that_the_code_names_is_listed_and_every_listed_one_is_named():
    named = named_in_code() | TABLES | {"digest"}
    listed = set(message_templates.listing())
    assert named - listed == set()
    assert listed - named == set()
    assert len(listed) == 50


@pytest.mark.django_db
def test_what_is_not_listed_is_refused():
    with pytest.raises(Unlisted):
        outbox._enqueue(outbox.OutboxMessage(template="no-such-text"), "x", "x")


def test_messages_to_accounts_need_no_approval_and_all_others_do():
    mailed = {code for code, template in message_templates.listing().items() if not template.by_sms}
    to_accounts = {Recipient.STAFF, Recipient.HOLDER}
    to_mailboxes = {code for code, one in message_templates.listing().items() if one.to in to_accounts}
    # Who has no mailbox gets the link to a new account on their phone.
    assert mailed == to_mailboxes - {"account_link"} | {"digest"}
    assert len(BY_SMS) == 41


@pytest.mark.parametrize("code", BY_SMS)
def test_a_text_keeps_to_the_providers_rules(code):
    template = message_templates.get(code)
    filed = template.filed
    assert not re.search(r"[【】\[\]『』「」★※→①•#]", filed)
    # The address is part of the text, and what is filled in stands at its very end.
    assert filed.endswith("：http://portal.example/l/${link}")
    assert filed.count("http") == 1
    # Each variable once, none beside another, and words between them.
    names = re.findall(r"\$\{(\w+)\}", filed)
    assert names == list(template.parameters)
    assert not re.search(r"\}\W{0,1}\$", filed.replace("“", "").replace("”", ""))
    assert len(filed) <= message_templates.MAX_TEXT
    for name, variable in template.variables:
        assert 0 < len(variable.example) <= variable.most, name
        assert name not in ("email", "mobile", "id", "nick", "site")


def test_a_text_message_carries_the_code_alone_and_values_that_a_provider_takes():
    text = Text(
        "活动提醒",
        "",
        {"title": "一" * 60, "when": "2030年3月5日 星期二 15:00", "place": "", "link": "http://portal.example/x/"},
    )
    found = message_templates.get("event_reminder").for_sms(text, "Ab3dE6gH")
    assert found.parameters == {"title": "一" * 35, "when": "3月5日 15:00", "place": "—", "link": "Ab3dE6gH"}
    assert found.body.startswith(f"您报名的“{'一' * 35}”将于 3月5日 15:00 开始，地点：—。")
    assert found.body.endswith("：http://portal.example/l/Ab3dE6gH")


@pytest.mark.parametrize(
    ("value", "kind", "sent"),
    [
        ("2030年3月5日 星期二", Kind.TIME, "3月5日"),
        ("3月5日 15:00", Kind.TIME, "3月5日 15:00"),
        ("2030年星期二的讲座", Kind.OTHER, "2030年星期二的讲座"),
        ("  ", Kind.OTHER, "—"),
    ],
)
def test_a_value_fits_its_kind(value, kind, sent):
    assert fitting(value, message_templates.Variable("", kind, "", 20)) == sent


@pytest.mark.parametrize(("length", "paid"), [(1, 1), (64, 1), (65, 2), (128, 2), (129, 3)])
def test_a_long_text_is_paid_in_parts(length, paid):
    assert parts("一" * length, "南湖街道") == paid


def test_the_text_that_is_filed_is_chinese_whoever_reads_the_page():
    with translation.override("en"):
        assert message_templates.get("received").filed.startswith("您的需求 ${ref} 已收到")
        assert message_templates.get("received").example.endswith("http://portal.example/l/Ab3dE6gH")


def test_what_the_provider_has_not_approved_is_known(monkeypatch):
    assert (message_templates.provider_codes(), message_templates.without_code()) == (None, [])
    provider = sms.Aliyun("id", "secret", "南湖街道", {"received": "SMS_1", "of-old": "SMS_2"}, client=object())
    monkeypatch.setattr(sms, "backend", lambda: provider)
    assert message_templates.without_code() == [code for code in message_templates.by_sms() if code != "received"]
