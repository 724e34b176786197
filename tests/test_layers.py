"""Rules of the source code: who imports whom, who reads the environment, what is unused.

Needs no database and does not import the portal.
"""

import ast
import functools
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
# Each may import those after it, never those before it.
LAYERS = ["tools", "nanhu_portal", "demands", "members", "consultation", "foundation"]
SOURCES = sorted(
    path
    for folder in (*LAYERS, "manage.py")
    for path in ([ROOT / folder] if folder.endswith(".py") else (ROOT / folder).rglob("*.py"))
    if "migrations" not in path.parts
)


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def module_of(path: Path) -> list[str]:
    """Its package, as a relative import counts from it."""
    return list(path.relative_to(ROOT).parent.parts)


@functools.cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


@functools.cache
def nodes(tree: ast.AST) -> list[ast.AST]:
    """All of a tree, kept because a walk takes as long as parsing."""
    return list(ast.walk(tree))


@functools.cache
def imports(path: Path, tree: ast.AST) -> list[tuple[int, str]]:
    """Every module that is imported, anywhere in the file, by its full name; `from a import b` as `a.b`."""
    found = []
    for node in nodes(tree):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = module_of(path)
            start = base[: len(base) - node.level + 1] if node.level else []
            stem = ".".join([*start, *([node.module] if node.module else [])])
            found += [(node.lineno, f"{stem}.{alias.name}") for alias in node.names]
    return found


def trees() -> list[tuple[Path, ast.Module]]:
    return [(path, tree_of(path)) for path in SOURCES]


# --- Imports run one way ---------------------------------------------------------------------------------------------


def is_admin(path: Path) -> bool:
    """An admin module, or one of a package of them."""
    return path.name == "admin.py" or path.parent.name == "admin"


def upward(path: Path, tree: ast.AST) -> list[str]:
    own = path.relative_to(ROOT).parts[0]
    if own not in LAYERS:
        return []  # manage.py is above all
    above = LAYERS[: LAYERS.index(own)]
    return [
        f"{name_of(path)}:{line} imports {module}"
        for line, module in imports(path, tree)
        if module.split(".")[0] in above
    ]


def test_imports_run_one_way():
    assert [problem for path, tree in trees() for problem in upward(path, tree)] == []


def test_nothing_imports_an_admin():
    found = [
        f"{name_of(path)}:{line} imports {module}"
        for path, tree in trees()
        if not is_admin(path)
        for line, module in imports(path, tree)
        if module.split(".")[0] in LAYERS and "admin" in module.split(".")[1:]
    ]
    # Django's own `django.contrib.admin`, whose site loads our admin modules by itself, is another matter.
    assert found == []


def test_nothing_but_tests_imports_tests():
    found = [
        f"{name_of(path)}:{line}"
        for path, tree in trees()
        for line, module in imports(path, tree)
        if module.split(".")[0] == "tests"
    ]
    assert found == []


@pytest.mark.parametrize(
    ("file", "source", "problems"),
    [
        ("foundation/x.py", "from demands.models import Demand", 1),
        ("foundation/x.py", "import consultation", 1),
        ("foundation/x.py", "def f():\n    import members.models  # a reason", 1),
        ("consultation/x.py", "from foundation import audit", 0),
        ("consultation/x.py", "from .models import Area", 0),
        ("demands/views/x.py", "from ..models import Demand\nfrom members.models import Member", 0),
        ("demands/views/x.py", "from nanhu_portal import views", 1),
        ("members/x.py", "from demands import services", 1),
        ("consultation/admin/events.py", "from demands.models import Demand", 1),
        ("demands/admin/topics.py", "from consultation.admin.topics import TopicAdmin", 0),
        ("nanhu_portal/x.py", "from demands import services", 0),
    ],
)
def test_that_reading_of_imports_sees_what_it_should(file, source, problems):
    assert len(upward(ROOT / file, ast.parse(source))) == problems


# --- No signals of our own -------------------------------------------------------------------------------------------

# Django's own signals, where Django offers no other way: sign-ins, and the roles after migrate.
LISTENERS = {"foundation/sign_ins.py", "nanhu_portal/apps.py"}
OURS = re.compile(r"\b(?:pre|post)_(?:save|delete|init)\b|\bm2m_changed\b|\bSignal\(")


def test_our_apps_send_each_other_no_signals():
    found = []
    for path, tree in trees():
        source = path.read_text()
        found += [f"{name_of(path)}: {match.group()}" for match in OURS.finditer(source)]
        listens = any(
            "signals" in module.split(".") or module.endswith(".receiver") for _, module in imports(path, tree)
        )
        if listens and name_of(path) not in LISTENERS:
            found.append(f"{name_of(path)} listens to signals")
    assert found == []


def test_saving_a_row_has_no_side_effects():
    """No model overrides `save` or `delete`: services contain what an act does."""
    found = [
        f"{name_of(path)}:{node.lineno} {node.name}"
        for path, tree in trees()
        if not is_admin(path) and path.name not in ("forms.py", "admin_site.py")
        for owner in nodes(tree)
        if isinstance(owner, ast.ClassDef)
        for node in owner.body
        if isinstance(node, ast.FunctionDef) and node.name in ("save", "delete")
    ]
    assert found == []


# --- The environment -------------------------------------------------------------------------------------------------

# Besides the settings, only what prepares a process before Django starts.
ENVIRONMENT = {
    "nanhu_portal/settings.py",
    "manage.py",
    "nanhu_portal/wsgi.py",
    "nanhu_portal/embedded.py",
    "nanhu_portal/management/commands/serve.py",
    # Starts a portal on trial, with the settings file that is to be.
    "nanhu_portal/taking_up.py",
    # The migrations that it tries have a database of their own.
    "nanhu_portal/backups/verifying.py",
    # The benchmark gives its servers an environment of their own; one of them is a bare WSGI program.
    "tools/management/commands/bench.py",
    "tools/bench/floor.py",
    # A lost portal and a blank one, each with a database of its own.
    "tools/management/commands/drill.py",
    # The tests that it runs have an environment of their own.
    "tools/management/commands/try_breaks.py",
}


def reads_environment(path: Path, tree: ast.AST) -> list[str]:
    found = []
    for node in nodes(tree):
        named = isinstance(node, ast.Attribute) and node.attr in ("environ", "environb", "getenv", "putenv")
        if named and getattr(node.value, "id", "") == "os":
            found.append(f"{name_of(path)}:{node.lineno}")
    for line, module in imports(path, tree):
        if module in ("os.environ", "os.getenv") or module.split(".")[0] in ("environ", "dotenv", "decouple"):
            found.append(f"{name_of(path)}:{line} imports {module}")
    return found


def test_only_the_settings_read_the_environment():
    found = [
        problem
        for path, tree in trees()
        if name_of(path) not in ENVIRONMENT
        for problem in reads_environment(path, tree)
    ]
    assert found == []


# --- Inline imports --------------------------------------------------------------------------------------------------


INDENTED_IMPORT = re.compile(r"^[ \t]+(?:import|from)\b", re.MULTILINE)


def unexplained(path: Path, source: str, tree: ast.AST) -> list[str]:
    """Imports inside a function without a comment on the same line; for several in a row, one on the first suffices."""
    lines, found = source.splitlines(), []
    for function in nodes(tree) if INDENTED_IMPORT.search(source) else []:
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for block in (getattr(node, field, []) for node in ast.walk(function) for field in ("body", "orelse")):
            explained = False
            for statement in block if isinstance(block, list) else []:
                if not isinstance(statement, ast.Import | ast.ImportFrom):
                    explained = False
                    continue
                text = "\n".join(lines[statement.lineno - 1 : statement.end_lineno])
                comment = text.partition("#")[2].strip()
                reason = re.sub(r"^noqa:?[\sA-Z0-9,]*[-—]?\s*", "", comment)
                explained = explained or bool(reason)
                if not explained:
                    found.append(f"{name_of(path)}:{statement.lineno}")
    return sorted(set(found))


def test_an_inline_import_states_its_reason():
    assert [problem for path, tree in trees() for problem in unexplained(path, path.read_text(), tree)] == []


@pytest.mark.parametrize(
    ("source", "problems"),
    [
        ("import os", 0),
        ("def f():\n    import os", 1),
        ("def f():\n    import os  # only here: a reason", 0),
        ("def f():\n    import os  # noqa: F401", 1),
        ("def f():\n    import os  # noqa: F401 - a reason", 0),
        ("def f():\n    import a  # a reason\n    import b", 0),
        ("def f():\n    import a  # a reason\n    a()\n    import b", 1),
        ("def f():\n    if a:\n        from b import c", 1),
        ("class A:\n    def f(self):\n        from b import c", 1),
    ],
)
def test_that_reading_of_inline_imports_sees_what_it_should(source, problems):
    assert len(unexplained(ROOT / "foundation/x.py", source, ast.parse(source))) == problems


# --- Templates -------------------------------------------------------------------------------------------------------

# Django and libraries look these up themselves; our code does not name them.
FOUND_BY_DJANGO = {
    *["400.html", "403.html", "404.html", "500.html"],
    # `django.contrib.auth.views` and the admin.
    *["registration/login.html", "registration/password_change_form.html", "registration/password_change_done.html"],
    *["registration/password_reset_form.html", "registration/password_reset_done.html"],
    *["registration/password_reset_confirm.html", "registration/password_reset_complete.html"],
    *["registration/password_reset_email.txt", "registration/password_reset_email.html"],
    *["registration/password_reset_subject.txt", "registration/logged_out.html"],
    *["admin/base_site.html", "admin/base.html", "admin/index.html", "admin/login.html", "admin/app_list.html"],
    *["admin/change_list.html", "admin/change_form.html", "admin/app_index.html", "admin/nav_sidebar.html"],
    *["admin/change_list_results.html", "admin/change_list_object_tools.html"],
    *["admin/filter.html", "admin/search_form.html", "admin/pagination.html", "admin/color_theme_toggle.html"],
    *["admin/submit_line.html", "admin/delete_confirmation.html", "admin/object_history.html", "admin/actions.html"],
}
# Django looks for these by the model: admin/<app>/<model>/change_form.html and the like.
BY_MODEL = re.compile(
    r"admin/\w+/(?:\w+/)?(?:actions|change_form|change_list|delete_confirmation|object_history|app_index)\.html"
)
# Templates found through a setting of ours, in folders of their own: the crispy pack and form widgets.
PACKS = re.compile(r"(?:nanhu|django/forms|bootstrap5)/.+\.html")
DATETIME = re.compile(r'datetime="((?:\{\{.*?\}\}|[^"])*)"')


def templates() -> list[str]:
    folders = [ROOT / "templates", *(ROOT / app / "templates" for app in LAYERS)]
    return sorted(
        str(path.relative_to(folder))
        for folder in folders
        if folder.exists()
        for path in folder.rglob("*")
        if path.is_file()
    )


def sources_of_names() -> str:
    texts = [path.read_text() for path in SOURCES]
    for folder in (ROOT / "templates", *(ROOT / app / "templates" for app in LAYERS)):
        texts += [path.read_text() for path in folder.rglob("*") if path.is_file()]
    return "\n".join(texts)


def test_every_template_is_used():
    names = sources_of_names()
    unused = [
        template
        for template in templates()
        if template not in FOUND_BY_DJANGO
        and not BY_MODEL.fullmatch(template)
        and not PACKS.fullmatch(template)
        and f'"{template}"' not in names
        and f"'{template}'" not in names
    ]
    assert unused == []


def test_every_template_that_is_named_exists():
    known = set(templates())
    own = re.compile(r"""["']((?:demands|consultation|members|nanhu_portal|foundation)/[\w/.-]+\.(?:html|txt))["']""")
    missing = sorted({name for name in own.findall(sources_of_names()) if name not in known})
    assert missing == []


def test_lines_of_templates_are_short():
    """At most 140 characters. A mail's lines are its reader's, and as long as they are."""
    pages = sorted((ROOT / "templates").rglob("*.html"))
    assert pages
    assert [
        f"{path.relative_to(ROOT)}:{number}"
        for path in pages
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if len(line) > 140
    ] == []


def test_every_time_for_machines_is_written_by_the_one_filter():
    written = [
        value for path in sorted((ROOT / "templates").rglob("*.html")) for value in DATETIME.findall(path.read_text())
    ]
    assert len(written) > 30
    assert [value for value in written if not re.fullmatch(r"\{\{ [\w.]+\|iso_(?:time|day|month) \}\}", value)] == []


# --- Names -----------------------------------------------------------------------------------------------------------


def test_nothing_hard_codes_nanhu():
    """Names come from rows: outside docstrings and the loader of Nanhu's own data, no code names a place."""
    places = re.compile("南湖|武昌|武汉|湖北")
    loaders = ("tools",)
    found = []
    for path, tree in trees():
        if any(loader in name_of(path) for loader in loaders):
            continue
        documented = [
            node.body[0].value
            for node in nodes(tree)
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
            and node.body
            and isinstance(node.body[0], ast.Expr)
        ]
        found += [
            f"{name_of(path)}:{node.lineno}"
            for node in nodes(tree)
            if isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and node not in documented
            and places.search(node.value)
        ]
    assert found == []
