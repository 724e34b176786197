"""The work of staff without JavaScript."""

import pytest

from ..test_desk import bring_in_and_work_on, staff_of_the_desk

pytestmark = pytest.mark.browser


def test_a_list_is_brought_in_and_worked_on_without_javascript(portal, window, sign_in):
    bring_in_and_work_on(staff_of_the_desk(), window, sign_in, javascript=False)
