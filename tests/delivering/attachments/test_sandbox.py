"""No template, whoever wrote it, costs more than its bounds or reaches more than its data."""

import json
import multiprocessing
import os
import subprocess
import sys

import pytest

from wagtail_visit_alerts.delivering import attachments
from wagtail_visit_alerts.delivering.attachments import sandbox
from wagtail_visit_alerts.delivering.attachments.template_data import sample

from .scene import anna, attach

pytestmark = [pytest.mark.django_db, pytest.mark.any_database, pytest.mark.any_wagtail]

TIME, MEMORY = "takes too long", "too much memory"

#: Templates that Jinja's own sandbox lets through, or most of a machine's time and memory (measured without bounds).
WITHOUT_BOUNDS = {
    "text times a number": ("{{ 'x' * 10**9 }}", MEMORY),
    "list times a number": ("{{ [0] * 10**8 }}", MEMORY),
    "width of the format filter": ("{{ '%1000000000d'|format(1) }}", MEMORY),
    "width of the percent sign": ("{{ '%1000000000d' % 1 }}", MEMORY),
    "width of the format method": ("{{ '{:>1000000000}'.format('x') }}", MEMORY),
    "center filter": ("{{ 'x'|center(10**9) }}", MEMORY),
    "center method": ("{{ 'x'.center(10**9) }}", MEMORY),
    "zfill": ("{{ 'x'.zfill(10**9) }}", MEMORY),
    "ljust": ("{{ 'x'.ljust(10**9) }}", MEMORY),
    "to_bytes": ("{{ (1).to_bytes(10**9, 'big') }}", MEMORY),
    "indent": ("{{ 'x'|indent(10**9, true) }}", MEMORY),
    "indent of JSON": ("{{ ([[[1]]] * 1000)|tojson(indent=100000) }}", MEMORY),
    "replace": ("{{ ('x' * 10000)|replace('', 'y' * 100000) }}", MEMORY),
    "doubled text": (
        "{% set n = namespace(s='x') %}{% for i in range(31) %}{% set n.s = n.s ~ n.s %}{% endfor %}{{ n.s }}",
        MEMORY,
    ),
    "doubled list": (
        "{% set n = namespace(s=[1]) %}{% for i in range(31) %}{% set n.s = n.s + n.s %}{% endfor %}{{ n.s }}",
        MEMORY,
    ),
    "map and join": ("{{ range(100000)|map('center', 10000)|join }}", MEMORY),
    "batch": ("{{ range(99999)|batch(300000000, 'x')|list|length }}", MEMORY),
    "wordwrap": ("{{ ('ab ' * 4000000)|wordwrap(2) }}", None),
    "urlize": ("{{ ('http://a.b ' * 1000000)|urlize }}", None),
    "nested loops": (
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
        TIME,
    ),
    "macro that calls itself twice": (
        "{% macro f(n) %}{% if n %}{{ f(n-1) }}{{ f(n-1) }}{% endif %}{% endmacro %}{{ f(60) }}",
        TIME,
    ),
    "power while it is compiled": ("{{ 10**(10**8) }}", TIME),
    "power of a filtered number": ("{{ ('9' * 4000)|int ** 20000 }}", TIME),
    "lipsum": ("{{ lipsum(n=100000) }}", "lipsum"),
    "range": ("{{ range(10**9) }}", "too large"),
    "text without end": ("{% for x in range(99999) %}xxxxxxxxxxxxxxxxxxxx{% endfor %}", "larger than 1 MB"),
    "long text": ("x" * (1024 * 1024 + 1), "larger than 1 MB"),
    "macro that calls itself": ("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "without end"),
    "loop that calls itself": ("{% for x in [0] recursive %}{{ loop([0]) }}{% endfor %}", "without end"),
    "nested brackets": ("{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}", "nested too deeply"),
    "minus signs": ("{{ " + "-" * 100_000 + "1 }}", "nested too deeply"),
    "nested tags": ("{% if 1 %}" * 500 + "{% endif %}" * 500, "nested too deeply"),
}

#: Templates that climb from a value to the machine.
CLIMBING = [
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ cycler.__init__.__globals__ }}",
    "{{ self.__init__.__globals__ }}",
    "{{ contact.__class__ }}",
    "{{ contact['__class__'] }}",
    "{{ contact|attr('__class__') }}",
    "{{ contact._label }}",
    "{{ now._parts }}",
    "{{ [contact]|map(attribute='__class__')|list }}",
    "{{ '{0.__class__.__mro__}'.format(contact) }}",
    "{{ '{x.__class__}'.format_map({'x': contact}) }}",
    "{{ contact.update({'name': 1}) }}",
    "{{ contact.tags.append(1) }}",
    "{{ contact.name.__init__.__func__ }}",
    "{% macro f() %}{% endmacro %}{{ f.__class__ }}",
]


@pytest.mark.parametrize(("template", "says"), WITHOUT_BOUNDS.values(), ids=WITHOUT_BOUNDS)
def test_template_over_a_bound_is_a_fault_that_says_which(template, says):
    with pytest.raises(attachments.AttachmentFault, match=says):
        attach(template)


@pytest.mark.parametrize("template", CLIMBING)
def test_template_reaches_nothing_but_its_data(template):
    with pytest.raises(attachments.AttachmentFault, match=r"may not use|there is no"):
        attach(template)


@pytest.mark.parametrize(
    "tag", ["include '/etc/passwd'", "import 'x' as x", "from 'x' import y", "extends 'x'"]
)
def test_template_takes_in_no_other(tag):
    with pytest.raises(attachments.AttachmentFault, match="can't be used in an attachment"):
        attach(f"{{% {tag} %}}")


def test_bound_is_the_same_for_the_file_name():
    with pytest.raises(attachments.AttachmentFault, match=MEMORY) as raised:
        attach("x", attachment_name="{{ 'x' * 10**9 }}")

    assert raised.value.field == "name"


def test_output_is_bounded_by_the_value_of_a_contact_too():
    contact = anna(extra={"note": "x" * 300_000})

    with pytest.raises(attachments.AttachmentFault, match="larger than 1 MB"):
        attach("{% for number in range(9) %}{{ contact.extra.note }}{% endfor %}", contact=contact)


def test_no_secret_of_the_environment_reaches_the_child(monkeypatch):
    started = []
    run = subprocess.run

    def watched(*args, **kwargs):
        started.append(kwargs["env"])
        return run(*args, **kwargs)

    monkeypatch.setenv("DATABASE_URL", "postgres://secret")
    monkeypatch.setattr(subprocess, "run", watched)

    attach("x")

    assert [name for name in started[0] if name == "DATABASE_URL"] == []
    assert os.environ["DATABASE_URL"]


@pytest.mark.parametrize(
    "template",
    ["{{ contact.name|int + contact.extra.note }}", "{{ contact.name / 2 }}", "{{ contact[contact.name] }}"],
)
def test_fault_repeats_nothing_that_the_contact_has_given(template):
    contact = anna(name="Secret Name", extra={"note": "Secret Note"})

    with pytest.raises(attachments.AttachmentFault) as raised:
        attach(template, contact=contact)

    assert "Secret" not in raised.value.text


def _write_in_worker(results):
    sources = sandbox.Sources(name=None, body="{{ contact.name }}", is_template=True, escaping="text")
    results.put(sandbox.write(sources, data=sample()).body)


def test_workers_of_the_queue_which_may_have_no_children_make_attachments():
    started = multiprocessing.get_context("fork")
    results = started.Queue()
    worker = started.Process(target=_write_in_worker, args=[results], daemon=True)

    worker.start()

    assert results.get(timeout=120) == sample()["contact"]["name"]
    worker.join()


#: Runs every filter of Jinja behind the limits, and prints those that wanted to open a file.
FILTERS = """
import json, sys
from wagtail_visit_alerts.delivering.sandboxed import environment, limits, rendering
request = json.load(sys.stdin)
names = environment.AttachmentEnvironment("text", words=request["words"]).filters
arguments = {
    "attr": "('x')", "batch": "(2)", "default": "('x')", "d": "('x')", "format": "(1)", "groupby": "('x')",
    "map": "('upper')", "replace": "('a', 'b')", "slice": "(2)", "select": "('string')", "selectattr": "('x')",
    "reject": "('string')", "rejectattr": "('x')",
}
rendering.load_lazy_parts("text")
limits.set_limits(cpu_seconds=20, memory_bytes=2**28, may_open_files=False)
for name in names:
    for value in ("[{'x': 1}, {'x': 2}]", "'<a> text http://a.b'", "now", "contact"):
        body = "{{ %s|%s%s }}" % (value, name, arguments.get(name, ""))
        for fault in rendering.answer_to({**request, "body": body}).get("faults", ()):
            if fault["name"] in ("OSError", "ImportError", "ModuleNotFoundError", "LookupError"):
                print(body, fault)
print("done")
"""


def test_filters_of_jinja_work_where_no_file_can_be_opened():
    request = {
        "task": "render", "escaping": "text", "is_template": True, "data": sample(), "longest": 10**6,
        "words": {"yes": "yes", "no": "no"},
    }  # fmt: skip

    ran = subprocess.run(
        [sys.executable, "-c", FILTERS], input=json.dumps(request), capture_output=True, text=True, check=True
    )

    assert ran.stdout == "done\n"


def test_child_imports_nothing_of_django():
    program = (
        "import sys; from wagtail_visit_alerts.delivering.sandboxed import rendering, pdf_writing; "
        "print('django' in sys.modules, 'weasyprint' in sys.modules)"
    )

    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert ran.stdout.split() == ["False", "False"]
