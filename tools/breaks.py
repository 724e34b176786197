"""Ways to break the portal that nobody would see at once, each with the test that catches it.

`manage.py try_breaks` tries them; `docs/breaks.md` lists them. A break that can no longer be made, since its line was
rewritten, stops the command: give it the new line, or another one of its kind.
"""

from typing import NamedTuple


class Break(NamedTuple):
    """One change of one file.

    `before` occurs in `file` exactly once and is replaced by `after`; `test` is the pytest name of what must fail.
    """

    what: str
    file: str
    before: str
    after: str
    test: str


BREAKS: list[Break] = [
    # --- foundation -------------------------------------------------------------------------------------------------
    Break(
        "Rows are not locked before they change",
        "foundation/locking.py",
        " WHERE id = %s FOR UPDATE",
        " WHERE id = %s",
        "tests/foundation/test_locking.py::test_a_locked_row_is_nobody_elses_until_the_transaction_ends",
    ),
    Break(
        "A page of an older version is accepted",
        "foundation/locking.py",
        "now.version != version",
        "now.version < version",
        "tests/foundation/test_locking.py::test_a_page_of_another_version_is_stale",
    ),
    Break(
        "Staff make moves that they have no permission for",
        "foundation/workflow.py",
        "return bool(self.permission) and actor.has_perm(self.permission)",
        "return bool(self.permission)",
        "tests/foundation/test_workflow.py::test_check_move_refuses_whoever_may_not",
    ),
    Break(
        "A message that another worker took meanwhile is sent twice",
        "foundation/sending.py",
        ".filter(pk=message.pk, started_at=message.started_at)",
        ".filter(pk=message.pk)",
        "tests/foundation/test_outbox.py::test_a_worker_overtaken_by_one_that_is_then_killed_in_mid_send_does_not_send_again",
    ),
    Break(
        "A contact is revealed without a row in the audit",
        "foundation/contacts.py",
        "    audit.record(audit.AuditAction.CONTACT_REVEALED, subject, actor=actor, detail=reason.strip())\n",
        "",
        "tests/foundation/test_contacts.py::test_revealing_records_who_of_which_demand_and_why",
    ),
    Break(
        "The audit can be rewritten: its table has no trigger",
        "foundation/migrations/0002_outside_the_models.py",
        'APPEND_ONLY = ("foundation_auditentry", "foundation_consenttext")',
        'APPEND_ONLY = ("foundation_consenttext",)',
        "tests/foundation/test_audit.py::test_an_entry_is_refused_every_change",
    ),
    Break(
        "A photo keeps where and with which camera it was taken",
        "foundation/decoder.py",
        'clean.save(output, "JPEG", quality=QUALITY, optimize=True)',
        'clean.save(output, "JPEG", quality=QUALITY, optimize=True, exif=image.getexif())',
        "tests/foundation/test_uploads.py::test_location_and_camera_are_gone",
    ),
    Break(
        "A photo that is sent in two forms at once belongs to both",
        "foundation/uploads.py",
        "StagedPhoto.objects.waiting().select_for_update().in_bulk",
        "StagedPhoto.objects.waiting().in_bulk",
        "tests/foundation/test_uploads.py::test_a_photo_claimed_many_times_at_once_is_one_forms",
    ),
    Break(
        "The day on which a span of working days begins is counted too",
        "foundation/workdays.py",
        "range(1, (end - start).days + 1)",
        "range((end - start).days + 1)",
        "tests/foundation/test_workdays.py::test_days_between_are_counted_the_same_way",
    ),
    Break(
        "Whoever forges X-Forwarded-For is not throttled",
        "foundation/throttle.py",
        "while forwarded and _is_trusted(address):",
        "while forwarded:",
        "tests/foundation/test_throttle.py::test_a_forged_header_stays_in_the_same_bucket",
    ),
    Break(
        "Cells that begin with a full-width sign are run by a spreadsheet",
        "foundation/sheets.py",
        '_SIGNS = r"=+\\-@＝＋－＠﹦﹢﹣﹫⁼⁺⁻₌₊₋"',
        '_SIGNS = r"=+\\-@"',
        "tests/foundation/test_sheets.py::test_text_that_might_run_gets_an_apostrophe_and_loses_exactly_that_one",
    ),
    # --- consultation -----------------------------------------------------------------------------------------------
    Break(
        "One more than there are places gets one",
        "consultation/services/sign_ups.py",
        "event.sign_ups.confirmed().count() < event.capacity",
        "event.sign_ups.confirmed().count() <= event.capacity",
        "tests/consultation/test_services_sign_ups.py::test_past_the_last_place_one_waits_in_order",
    ),
    Break(
        "The waiting list does not move up when a place is given back",
        "consultation/services/sign_ups.py",
        "    move_up(event)\n    return row\n",
        "    return row\n",
        "tests/consultation/test_services_sign_ups.py::test_a_place_given_back_goes_to_the_first_who_waits",
    ),
    Break(
        "A sign-up form with a mistake forgets what was typed",
        "consultation/views/sign_ups.py",
        "if code is None or not valid:\n        return _form_page(request, event, form=form,",
        "if code is None or not valid:\n        return _form_page(request, event, form=None,",
        "tests/consultation/test_views_sign_ups.py::test_wrong_input_comes_back_with_a_sentence_and_what_was_typed",
    ),
    Break(
        "Photos are shown that nobody has approved",
        "consultation/models/pictures.py",
        "return self.filter(review=PhotoReview.APPROVED)",
        "return self.exclude(review=PhotoReview.REJECTED)",
        "tests/consultation/test_views_pictures.py::test_any_other_photo_is_not_there_for_anybody",
    ),
    Break(
        "A title ends the element of JSON-LD and runs as a script",
        "foundation/templatetags/json_ld.py",
        ".translate(ESCAPED)",
        "",
        "tests/consultation/test_views_events.py::test_hostile_text_stays_text",
    ),
    Break(
        "The list of events asks once more for each row",
        "consultation/models/events.py",
        'return self.select_related("venue", "series", "platform")',
        'return self.select_related("series", "platform")',
        "tests/consultation/test_views_events.py::test_pages_make_few_queries_and_as_many_for_four_rows",
    ),
    Break(
        "A venue may stand at a level where its kind does not belong: the key is missing",
        "consultation/migrations/0002_outside_the_models.py",
        "FOREIGN KEY (area_id, area_level) REFERENCES consultation_area (id, level);",
        "CHECK (area_level >= 0);",
        "tests/consultation/test_models.py::test_the_database_keeps_each_kind_at_its_level",
    ),
    # --- members ----------------------------------------------------------------------------------------------------
    Break(
        "A resource is booked once more than it may be used in a month",
        "members/services/bookings.py",
        "_taken(row, day) >= row.capacity",
        "_taken(row, day) > row.capacity",
        "tests/members/test_services_bookings.py::test_a_use_is_held_in_the_calendar_month_of_its_day",
    ),
    Break(
        "A member opens resources of others in the workspace",
        "members/views/my_resources.py",
        "Resource.objects.of_member(request.member).select_related",
        "Resource.objects.select_related",
        "tests/members/test_views_my_resources.py::test_somebody_elses_is_not_there",
    ),
    Break(
        "A member's year counts what nobody has confirmed",
        "members/models/duties.py",
        "return self.filter(status=DutyStatus.CONFIRMED)",
        "return self.exclude(status=DutyStatus.VOID)",
        "tests/members/test_services_duties.py::test_the_year_sums_confirmed_records_by_kind_in_one_query",
    ),
    Break(
        "A study note is published at the machine's time and not at the portal's",
        "members/services/studies.py",
        "row.published_at = clock.now()",
        "row.published_at = clock.timezone.now()",
        "tests/members/test_studies.py::test_a_push_acts_at_the_time_of_the_clock",
    ),
    Break(
        "Any code opens the door of an event",
        "members/services/attendance.py",
        'if not secrets.compare_digest(door_key.encode("utf-8", "replace"), event.door_key.encode()):',
        "if not event.door_key:",
        "tests/members/test_attendance.py::test_a_missing_or_forged_code_is_refused_and_counts_nobody",
    ),
    # --- demands ----------------------------------------------------------------------------------------------------
    Break(
        "Demands are listed that nobody has published",
        "demands/models/demand_sets.py",
        "return self.filter(published_at__isnull=False)",
        "return self.all()",
        "tests/demands/test_models.py::test_public_is_what_staff_published",
    ),
    Break(
        "Staff see the demands of areas that they do not work for",
        "demands/models/demand_sets.py",
        "return self.filter(area__in=areas_of(user))",
        "return self.all()",
        "tests/demands/test_models.py::test_staff_see_the_demands_of_their_areas",
    ),
    Break(
        "The response rate leaves out what was never answered",
        "demands/statistics/rates.py",
        'figures["answered"] + figures["response_overdue"]',
        'figures["answered"]',
        "tests/demands/test_rates.py::test_the_rates_are_as_the_definitions_have_them",
    ),
    Break(
        "Residents read the notes that staff write for each other",
        "demands/selectors/timeline.py",
        "demand.messages.all() if for_staff else demand.messages.for_resident()",
        "demand.messages.all()",
        "tests/demands/test_timeline.py::test_the_resident_sees_offices_and_no_notes",
    ),
    Break(
        "The public search has no index",
        "demands/migrations/0002_outside_the_models.py",
        "            CREATE INDEX pub_words ON demands_demand"
        " USING gin (public_words) WHERE published_at IS NOT NULL;\n",
        "",
        "tests/nanhu_portal/test_migrations.py::test_the_indexes_that_searches_go_through_are_there",
    ),
    Break(
        "Of those whose demands are handled as one, only the first is written to",
        "demands/services/lineage.py",
        'key=f"{demand.ref}:{key}{own}", digest',
        'key=f"{demand.ref}:{key}", digest',
        "tests/demands/test_merging.py::test_whoever_is_merged_is_told_of_each_step_and_reads_it",
    ),
    Break(
        "A demand withdrawn by its resident stays on the public pages",
        "demands/services/residents.py",
        "        handling.hide(row)\n    supports.forget(row)",
        "        pass\n    supports.forget(row)",
        "tests/demands/test_services.py::test_a_demand_withdrawn_by_its_resident_is_off_the_public_pages",
    ),
    Break(
        "Whoever knows a reference has its link sent, whatever address they give",
        "demands/services/residents.py",
        "found = known.phone_ends_with(address) if len(address) == 4 else known.reached_by(address)",
        "found = known.all()",
        "tests/demands/test_services.py::test_a_lost_code_is_answered_through_the_stored_contact_only",
    ),
    Break(
        "Links are sent by the dozen where the address is written in ever new ways",
        "demands/services/residents.py",
        "key=_link_key(ref))",
        'key=f"{_link_key(ref)}:{address}")',
        "tests/demands/test_services.py::test_asking_again_within_the_hour_sends_one_link",
    ),
    Break(
        "An addition that is sent twice is there twice",
        "demands/services/residents.py",
        "RESIDENT, key=key)",
        "RESIDENT)",
        "tests/demands/test_services.py::test_an_addition_sent_twice_is_there_once",
    ),
    Break(
        "A resident satisfied with the work alone has confirmed that the trouble is gone",
        "demands/services/residents.py",
        "if result == Verdict.SATISFIED:",
        "if work == Verdict.SATISFIED:",
        "tests/demands/test_services.py::test_only_satisfied_with_the_result_confirms",
    ),
    Break(
        "What a resident wrote beside a rating outlives the deletion of their data",
        "demands/services/handling.py",
        '    row.ratings.update(comment="")\n',
        "",
        "tests/demands/test_services.py::test_erasing_leaves_a_tombstone_without_anything_personal",
    ),
    Break(
        "On its last day a deadline counts as past and is not extended",
        "demands/services/deadlines.py",
        "if row.due_on < clock.today():",
        "if row.due_on <= clock.today():",
        "tests/demands/test_clock.py::test_an_extension_moves_the_deadline_to_answer_first",
    ),
    Break(
        "A member claims what is closed at the same moment: the demand is not locked",
        "demands/services/dispatches.py",
        "demand = locked(Demand(pk=dispatch.demand_id))",
        "demand = Demand.objects.get(pk=dispatch.demand_id)",
        "tests/demands/test_services_dispatches.py::test_while_a_dispatch_moves_its_demand_is_nobody_elses",
    ),
    Break(
        "A member still sees the resident's phone after the work is done",
        "demands/services/dispatches.py",
        "    if row.status != D.ACCEPTED:\n        words",
        "    if row.status == D.OFFERED:\n        words",
        "tests/demands/test_services_dispatches.py::test_before_and_after_the_contact_is_a_sentence",
    ),
    Break(
        "A move of a public demand is missing from its evidence trail",
        "demands/services/transitions.py",
        "        trail.append(row)\n",
        "",
        "tests/demands/test_trail.py::test_publication_brings_the_earlier_moves_and_each_later_move_follows",
    ),
    Break(
        "A public page that is kept goes on showing photos that were taken off it",
        "demands/services/publishing.py",
        "    save(locked(photo.demand))\n",
        "",
        "tests/demands/test_views_public.py::test_a_review_shows_on_a_page_that_was_kept",
    ),
    Break(
        "Who asked for the deletion of their data is asked again by message",
        "demands/services/rechecks.py",
        "if new and not one.is_demo and one.deletion_requested_at is None:",
        "if new and not one.is_demo:",
        "tests/demands/test_rechecks.py::test_who_was_erased_or_asked_for_it_is_left_in_peace",
    ),
    # --- nanhu_portal -----------------------------------------------------------------------------------------------
    Break(
        "Pages may run scripts that stand in their text",
        "nanhu_portal/settings.py",
        '"default-src": [SELF],',
        '"default-src": [SELF, "\'unsafe-inline\'"],',
        "tests/nanhu_portal/test_headers.py::test_every_page_of_residents_carries_the_policy",
    ),
    Break(
        "The map for search engines names venues that are closed",
        "nanhu_portal/sitemaps.py",
        'self.here(Venue.objects.public()).only("slug")',
        'self.here(Venue.objects).only("slug")',
        "tests/nanhu_portal/test_views.py::test_the_map_lists_public_pages_by_the_sites_own_address",
    ),
    Break(
        "A wrong password may be tried as often as one likes",
        "foundation/sign_in_limits.py",
        'NAME = GrowingLimit("sign-in name", free=7,',
        'NAME = GrowingLimit("sign-in name", free=7000,',
        "tests/nanhu_portal/test_headers.py::test_failures_lock_that_name_from_that_address_and_nobody_else",
    ),
    Break(
        "A session of a closed account lives again when the account is opened",
        "foundation/accounts.py",
        'return f"{super().get_session_auth_hash()}.{self.generation}"',
        'return f"{super().get_session_auth_hash()}.0"',
        "tests/foundation/test_leaving.py::test_nothing_of_before_lets_anybody_in",
    ),
    Break(
        "Six digits sign in twice",
        "foundation/second_factor.py",
        "min_t=self.last_step + 1",
        "min_t=0",
        "tests/nanhu_portal/test_second_factor.py::test_a_code_signs_in_once_wherever_one_wanted_to_go",
    ),
    # --- Templates and scripts --------------------------------------------------------------------------------------
    Break(
        "The introduction of a topic is not escaped",
        "templates/consultation/topic_detail.html",
        "{{ topic.summary|linebreaksbr }}",
        "{{ topic.summary|safe }}",
        "tests/consultation/test_views_topics.py::test_staffs_words_are_shown_as_words",
    ),
]


def table() -> str:
    """All of them as Markdown."""
    lines = ["| No. | What is broken | File | The test that catches it |", "| ---: | --- | --- | --- |"]
    for number, broken in enumerate(BREAKS, 1):
        file, _colons, name = broken.test.partition("::")
        lines.append(f"| {number} | {broken.what} | `{broken.file}` | `{name}` in `{file}` |")
    return "\n".join(lines)
