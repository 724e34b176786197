"""The table of acts on a demand and on a dispatch: where each is, and who may."""

import pytest
from django.urls import reverse

from demands.admin.acts import DEMAND_ACTS
from demands.admin.dispatches import DISPATCH_ACTS
from foundation.acts import Act, ActTable

DEMANDS = {
    "answer": ("<int:pk>/answer/", "demands.answer_demand"),
    "note": ("<int:pk>/note/", "demands.note_demand"),
    "take": ("<int:pk>/take/", "demands.assign_demand"),
    "mark_urgent": ("<int:pk>/mark-urgent/", "demands.accept_demand"),
    "dismiss_urgent": ("<int:pk>/dismiss-urgent/", "demands.accept_demand"),
    "assign": ("<int:pk>/assign/", "demands.assign_demand"),
    "reclassify": ("<int:pk>/reclassify/", "demands.handle_demand"),
    "set_unit": ("<int:pk>/set-unit/", "demands.handle_demand"),
    "publish": ("<int:pk>/publish/", "demands.publish_demand"),
    "unpublish": ("<int:pk>/unpublish/", "demands.publish_demand"),
    "erase": ("<int:pk>/erase/", "demands.erase_demand"),
    "review_photo": ("<int:pk>/photos/<int:photo>/", "demands.change_demandphoto"),
    "pause": ("<int:pk>/pause/", "demands.handle_demand"),
    "resume": ("<int:pk>/resume/", "demands.handle_demand"),
    "extend": ("<int:pk>/extend/", "demands.handle_demand"),
    "link_item": ("<int:pk>/link-item/", "demands.handle_demand"),
    "link_agreement": ("<int:pk>/link-agreement/", "demands.handle_demand"),
    "unlink_item": ("<int:pk>/link-item/<int:link>/remove/", "demands.handle_demand"),
    "unlink_agreement": ("<int:pk>/link-agreement/<int:link>/remove/", "demands.handle_demand"),
    "ask_office": ("<int:pk>/ask-office/", "demands.handle_demand"),
    "pass_on": ("<int:pk>/offices/<int:office>/pass-on/", "demands.handle_demand"),
    "set_aside": ("<int:pk>/offices/<int:office>/set-aside/", "demands.handle_demand"),
    "revoke_office": ("<int:pk>/offices/<int:office>/revoke/", "demands.handle_demand"),
    "dispatch": ("<int:pk>/dispatch/", "demands.dispatch_demand"),
    "open": ("<int:pk>/open/", "demands.dispatch_demand"),
    "again": ("<int:pk>/again/", "demands.merge_demand"),
}
DISPATCHES = {
    "accept": ("<int:pk>/accept/", "demands.dispatch_demand"),
    "cancel": ("<int:pk>/cancel/", "demands.dispatch_demand"),
    "complete": ("<int:pk>/complete/", "demands.dispatch_demand"),
    "reassign": ("<int:pk>/reassign/", "demands.dispatch_demand"),
}
PAGES = {
    "add": ("add/", "demands.add_demand"),
    "intake_earlier": ("add/earlier/", "demands.add_demand"),
    "intake_similar": ("add/similar/", "demands.add_demand"),
    "move": ("<int:pk>/move/<str:status>/", "demands.view_demand"),
    "combined": ("<int:key>/combined/", "demands.view_demand"),
    "reveal": ("<int:pk>/reveal/", "foundation.reveal_contact"),
    "photo": ("<int:pk>/photos/<int:photo>.jpg", "demands.view_demand"),
    "suggest": ("<int:pk>/suggest/", "demands.view_dispatch"),
    "papers": ("<int:pk>/papers/", "demands.view_demand"),
    "paper": ("<int:pk>/papers/<slug:kind>/", "demands.view_demand"),
    "paper_word": ("<int:pk>/papers/<slug:kind>.docx", "demands.view_demand"),
    "uncovered_paper": ("<int:pk>/papers/<slug:kind>/reveal/", "foundation.reveal_contact"),
    "pick": ("pick/", "demands.view_demand"),
    "board": ("board/", "demands.view_demand"),
    "bundle": ("bundle/", "consultation.add_topic"),
    # Each bulk act asks for its own permission, and saved filters are one's own.
    "bulk": ("bulk/<str:name>/", ""),
    "filters": ("filters/", ""),
    "keep_filter": ("filters/keep/", ""),
    "rename_filter": ("filters/<int:filter>/rename/", ""),
    "remove_filter": ("filters/<int:filter>/remove/", ""),
    "import": ("import/", "demands.import_demand"),
    "import_template": ("import/template.xlsx", "demands.import_demand"),
    "import_batch": ("import/<int:batch>/", "demands.import_demand"),
    "import_confirm": ("import/<int:batch>/confirm/", "demands.import_demand"),
    "import_drop": ("import/<int:batch>/drop/", "demands.import_demand"),
    "import_report": ("import/<int:batch>/report.xlsx", "demands.import_demand"),
    "import_row": ("import/<int:batch>/rows/<int:number>/", "demands.import_demand"),
    "import_undo": ("import/<int:batch>/undo/", "demands.import_demand"),
    "export": ("export/", "demands.export_demand"),
}


def entries(rows) -> dict:
    return {name: (one.address, one.permission) for name, one in rows.items()}


def test_the_table_has_these_acts_and_pages():
    assert entries(DEMAND_ACTS.acts) == DEMANDS
    assert entries(DEMAND_ACTS.pages) == PAGES
    assert entries(DISPATCH_ACTS.acts) == DISPATCHES
    assert DISPATCH_ACTS.pages == {}


def test_an_act_is_called_as_its_address_unless_said():
    assert reverse("admin:demands_demand_link_item", args=[5]) == "/admin/demands/demand/5/link-item/"
    assert reverse("admin:demands_demand_set_aside", args=[5, 7]) == "/admin/demands/demand/5/offices/7/set-aside/"
    assert reverse("admin:demands_dispatch_accept", args=[5]) == "/admin/demands/dispatch/5/accept/"


def test_two_acts_of_one_name_are_refused():
    table = ActTable()
    table.add(Act(name="pause", permission="", service=print, success_message=""))
    with pytest.raises(ValueError, match="pause"):
        table.add(Act(name="pause", permission="", service=print, success_message=""))
    with pytest.raises(ValueError, match="pause"):
        table.page("pause/", name="pause")(print)
