"""Areas as people write them in a spreadsheet: by name, or as community and compound."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import translation
from django.utils.translation import gettext as _

from foundation.sheets import key

from ..models import places


class AreaNames:
    """The areas of a member of staff by name, in any of the site's languages; all areas without `user`."""

    def __init__(self, user=None) -> None:
        self._user = user
        mine = places.areas() if user is None else places.areas_of(user)
        self._found: dict[str, set[int]] = {}
        for language, _name in settings.LANGUAGES:
            with translation.override(language):
                for pk, area in places.areas().items():
                    if pk in mine:
                        for name in (area.name, area.name_en, area.place):
                            self._found.setdefault(key(name), set()).add(pk)

    def one(self, text: str) -> int:
        """Return the key of the only area with this name. Raises `ValidationError`."""
        found = self._found.get(key(text), set())
        if not found and self._user is None:
            raise ValidationError(_("没有找到“%(name)s”这个地点。") % {"name": text[:20]})
        if not found:
            raise ValidationError(_("您的工作范围里没有“%(name)s”。") % {"name": text[:20]})
        if len(found) > 1:
            raise ValidationError(_("名为“%(name)s”的区域不止一个，请写成“社区 · 小区”。") % {"name": text[:20]})
        return next(iter(found))
