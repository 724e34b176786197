"""A resident who reaches the portal through nginx, with TLS, and sends a photo along."""

import http.client
import io
import re
import secrets
import socket
import ssl

from PIL import Image

from tests.pages import form, words
from tests.visitors import Answer, Visitor

TEXT = "三号门外路灯坏了两周，晚上看不清台阶。"


class Resident(Visitor):
    """As at home: by the name of the host, and wary of certificates unless told to trust this one."""

    def __init__(self, host: str, trusted: str) -> None:
        super().__init__(443)
        self.host, self.trust = host, ssl.create_default_context(cadata=trusted)

    def connection(self) -> http.client.HTTPConnection:
        return _ByName(self.host, self.trust, self.seconds)

    def ask(self, method: str, path: str, body: bytes | None = None, headers: dict | None = None) -> Answer:
        # Over HTTPS Django asks from where a form comes.
        return super().ask(method, path, body, {"Referer": f"https://{self.host}{path}", **(headers or {})})

    def post_parts(self, path: str, values: dict[str, str], photo: bytes) -> Answer:
        """Submit a form with a photo, as browsers do."""
        mark = secrets.token_hex(16)
        parts = [
            f'Content-Disposition: form-data; name="{name}"\r\n\r\n{text}'.encode() for name, text in values.items()
        ]
        head = 'Content-Disposition: form-data; name="photos"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
        parts.append(head.encode() + photo)
        body = b"".join(b"--%s\r\n%s\r\n" % (mark.encode(), part) for part in parts) + b"--%s--\r\n" % mark.encode()
        return self.ask("POST", path, body, {"Content-Type": f"multipart/form-data; boundary={mark}"})

    def submit(self) -> str:
        """Submit a demand with a photo. Returns the address of its page, which ends with the tracking code."""
        answer = self.get("/demands/new/")
        page = form(answer, "state")
        chosen = {name: first_choice(answer.text, name) for name in ("category", "area")}
        answer = self.post_parts(
            "/demands/new/", page.values | chosen | {"description": TEXT, "place": "三号门外", "go": "next"}, photo()
        )
        values = {"called": "王女士", "phone": "", "email": "wang@example.com", "consent_handling": "on"}
        answer = form(answer, "state").send(self, "/demands/new/", go="next", **values)
        assert re.search(r"/demands/new/photos/[^/]+\.jpg", answer.text), words(answer)
        last = form(answer, "state")
        last.values["go"] = "submit"
        answer = last.send(self, "/demands/new/")
        assert answer.status == 302, words(answer)
        return answer.headers["Location"]


class _ByName(http.client.HTTPSConnection):
    """To this machine, and for the name: there is no name server where the portal is tried."""

    def __init__(self, host: str, trust: ssl.SSLContext, seconds: float) -> None:
        super().__init__(host, 443, timeout=seconds)
        self.trust = trust

    def connect(self) -> None:
        line = socket.create_connection(("127.0.0.1", 443), self.timeout)
        self.sock = self.trust.wrap_socket(line, server_hostname=self.host)


def first_choice(html: str, name: str) -> str:
    """The first value that one may choose for this question, of a select or of radio buttons."""
    select = re.search(rf'<select[^>]*name="{name}".*?</select>', html, re.DOTALL)
    if select:
        return re.search(r'<option[^>]*value="([^"]+)"', select[0])[1]
    return re.search(rf'name="{name}"[^>]*value="([^"]+)"|value="([^"]+)"[^>]*name="{name}"', html)[1]


def photo() -> bytes:
    output = io.BytesIO()
    Image.radial_gradient("L").resize((1600, 1200)).save(output, "JPEG")
    return output.getvalue()
