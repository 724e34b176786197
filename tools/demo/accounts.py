"""The accounts of the demo: one for each role, named after it."""

from foundation.accounts import Role

# User name → name, office shown to residents, role (none for the superuser), area of work.
ACCOUNTS = {
    "liaison": ("联络委演示账号", "南湖街道联络委", Role.LIAISON_STAFF, "nanhu"),
    "community": ("社区演示账号", "中央花园社区居委会", Role.COMMUNITY_STAFF, "zhongyang-huayuan"),
    "member": ("委员演示账号", "", Role.COMMITTEE_MEMBER, None),
    "auditor": ("审计演示账号", "", Role.AUDITOR, "wuchang"),
    "admin": ("管理员演示账号", "", None, None),
}
