"""A part that fails fails its test, and neither hides the others nor is hidden."""

import pytest

from tests.parts import Parts


def run(test) -> list[str]:
    """The failures that are reported, with the titles of their parts."""
    parts = Parts()
    with pytest.raises(BaseExceptionGroup) as caught, parts.reported():
        test(parts)
    return [f"{error}, {error.__notes__[0]}" for error in caught.value.exceptions]


def failing(parts) -> None:
    for number in range(4):
        with parts.test(f"part {number}"):
            if number == 1:
                raise ValueError("one")
            if number == 3:
                pytest.fail("three")


def test_every_part_that_fails_is_reported():
    assert run(failing) == ["one, in part 1", "three, in part 3"]


@pytest.mark.parametrize("ends", [pytest.skip, pytest.fail])
def test_the_end_of_the_test_itself_hides_none(ends):
    assert run(lambda parts: (failing(parts), ends("later"))) == ["one, in part 1", "three, in part 3"]


def test_parts_that_pass_leave_the_test_to_itself(subtests):
    assert isinstance(subtests, Parts)
    with subtests.test("a part"):
        pass
    for ends in (pytest.skip, pytest.fail):
        with pytest.raises(ends.Exception), Parts().reported():
            ends("for a reason")


@pytest.mark.xfail(raises=BaseExceptionGroup, strict=True)
def test_pytest_asks(subtests):
    failing(subtests)
