"""The first superuser: from the one-time link through the questions of the first run to an answer to a resident."""

import base64
import re

from django_otp.oath import TOTP

from tests.deploy.resident import Resident
from tests.pages import Form, form, forms, words
from tests.visitors import Answer

PASSWORD = "lake-and-camphor-7"
DEMANDS = "/admin/demands/demand/"
REPLY = "已经记下，明天上午请物业到现场查看，处理好以后再告诉您。"
LATER = {"/setup/questions/mail/": {"arranged": "later"}, "/setup/questions/sms/": {"provider": "later"}}
MAX_PAGES = 15


class Chief(Resident):
    """Reaches the portal as residents do, and signs in."""

    def begin(self, link: str) -> int:
        """Choose a password, set up the authenticator and go through all questions. Returns how many pages it took."""
        answer = form(self.get(link), "password1").send(self, link, password1=PASSWORD, password2=PASSWORD)
        page = self.get(answer.headers["Location"])
        secret = form(page, "key", "code")
        [key] = re.findall(r'id="secret">([^<]+)<', page.text)
        answer = secret.send(self, answer.headers["Location"], code=_six_digits(key))
        assert "恢复码" in words(answer), words(answer)
        return self._go_through("/setup/")

    def _go_through(self, place: str) -> int:
        for count in range(MAX_PAGES):
            page = self.get(place)
            if page.status == 302:
                place = page.headers["Location"]
                continue
            questions = [one for one in forms(page) if one.method == "post"]
            if not questions:
                assert "设置好了" in words(page), words(page)
                return count
            answer = _answered(questions[0], place).send(self, place)
            assert answer.status == 302, words(answer)
            place = answer.headers["Location"]
        raise AssertionError(f"the first run does not end: {place}")

    def answer(self) -> Answer:
        """Answer the newest demand. Returns its page at the staff desk."""
        [pk, *_others] = re.findall(rf"{DEMANDS}(\d+)/change/", self.get(DEMANDS).text)
        place = f"{DEMANDS}{pk}/answer/"
        page = form(self.get(place), "version")
        answer = page.send(self, place, answer=REPLY)
        assert answer.status == 302, words(answer)
        return self.get(f"{DEMANDS}{pk}/change/")


def _answered(question: Form, place: str) -> Form:
    question.values |= LATER.get(place, {}) | ({"go": "next"} if question.buttons else {})
    return question


def _six_digits(written: str) -> str:
    return f"{TOTP(base64.b32decode(written.replace(' ', ''))).token():06d}"
