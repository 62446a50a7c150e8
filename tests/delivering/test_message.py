import re
from datetime import timedelta

import pytest
from django.utils import translation
from wagtail.users.models import UserProfile

from wagtail_visit_alerts.delivering import message, reader_links
from wagtail_visit_alerts.delivering.faults import UnsendableAddressError
from wagtail_visit_alerts.models import Clock, Delivery, Ending, Method, Role, Source

from ..factories import (
    AlertFactory,
    UserFactory,
    VisitorFactory,
)
from .emails import (
    HOSTILE,
    both_parts,
    delivery_about,
    html_of,
    links_of,
    page_view_of,
    price_list,
    user_with,
)
from .known import NOON, anna

pytestmark = pytest.mark.django_db


# Headers


def test_the_email_goes_to_its_one_address_from_the_sender_of_the_settings(settings):
    settings.WAGTAIL_VISIT_ALERTS = {"FROM_EMAIL": "Alerts <visits@example.com>"}
    delivery = delivery_about()

    email = message.build([delivery])

    assert (email.from_email, email.recipients()) == ("Alerts <visits@example.com>", [delivery.email])


def test_the_email_has_the_headers_of_automatic_mail():
    headers = message.build([delivery_about()]).message()

    assert headers["Auto-Submitted"] == "auto-generated"
    assert headers["X-Auto-Response-Suppress"] == "All"
    assert headers["List-Id"] == "<visit-alerts.testserver>"


def test_no_header_leads_an_answer_to_the_contact():
    email = message.build([delivery_about()])

    assert "anna.nowak@example.org" not in str(email.message().items())
    assert email.message()["Reply-To"] is None


def test_the_message_id_is_made_from_the_emails_id_at_the_sites_host(settings):
    settings.WAGTAIL_VISIT_ALERTS = {"BASE_URL": "https://www.example.com"}
    delivery = delivery_about()

    assert message.build([delivery]).message()["Message-ID"] == f"<{delivery.email_id.hex}@www.example.com>"


def test_the_message_id_is_made_at_the_senders_host_where_the_site_has_no_base_url(settings):
    settings.WAGTAILADMIN_BASE_URL = None
    settings.DEFAULT_FROM_EMAIL = "Alerts <visits@mail.example.com>"
    delivery = delivery_about()

    assert message.build([delivery]).message()["Message-ID"] == f"<{delivery.email_id.hex}@mail.example.com>"


@pytest.mark.parametrize(
    "address",
    ["", "anna", "@example.com", "zażółć@example.com", "a@example.com,b@example.com", "a b@example.com"],
)
def test_an_address_that_mail_cannot_reach_is_refused(address):
    delivery = delivery_about()
    delivery.email = address

    with pytest.raises(UnsendableAddressError, match="check its spelling"):
        message.build([delivery])


# Subject


def test_the_subject_says_who_and_where():
    contact = anna()
    email = message.build([delivery_about(page_view=page_view_of(contact, page=price_list()))])

    assert email.subject == "Anna Nowak is looking at: Price list"


def test_the_subject_says_how_long_a_contact_stayed_who_has_moved_on():
    contact = anna()
    page_view = page_view_of(contact, page=price_list(), ending=Ending.MOVED_ON, dwell_ms=380_000)

    assert message.build([delivery_about(page_view=page_view)]).subject == (
        "Anna Nowak spent 6 min 20 s on: Price list"
    )


def test_the_subject_does_not_say_that_a_closed_page_is_looked_at():
    page_view = page_view_of(anna(), page=price_list(), ending=Ending.CLOSED)

    assert message.build([delivery_about(page_view=page_view)]).subject == "Anna Nowak looked at: Price list"


def test_a_long_subject_is_cut_to_about_60_characters():
    contact = anna(name="Anna Maria Katarzyna Nowak-Kowalska von Habsburg")

    subject = message.build([delivery_about(page_view=page_view_of(contact, page=price_list()))]).subject

    assert len(subject) <= 60
    assert subject.startswith("Anna Maria Katarzyna Nowak-")
    assert "Price list" in subject


def test_a_name_cannot_add_a_header():
    email = message.build([delivery_about(anna(name="Anna\r\nBcc: victim@example.com"))])

    assert email.message()["Bcc"] is None
    assert "\n" not in email.subject


# Sent late


def late_subject(late, *, entered_at=NOON, **fields):
    contact = anna(**fields)
    page_view = page_view_of(contact, page=price_list(), entered_at=entered_at)
    delivery = delivery_about(page_view=page_view, notification__match__happened_at=entered_at)
    return message.build([delivery], now=entered_at + late).subject


def test_a_late_subject_says_when_the_page_view_was():
    assert late_subject(timedelta(minutes=11)) == "Anna Nowak, 1 p.m.: Price list"


def test_a_late_subject_says_the_day_where_that_was_another():
    assert late_subject(timedelta(days=1)) == "Anna Nowak, 11/24/2026 1 p.m.: Price list"


def test_a_late_subject_keeps_who_when_and_where_within_60_characters():
    subject = late_subject(timedelta(days=1), name="Anna Maria Katarzyna Nowak-Kowalska von Habsburg")

    assert len(subject) <= 60
    assert subject.startswith("Anna Maria Katarzyna No")
    assert subject.endswith("11/24/2026 1 p.m.: Price list")


def test_a_subject_in_time_says_no_time():
    assert late_subject(timedelta(minutes=9)) == "Anna Nowak is looking at: Price list"


def test_a_late_email_does_not_say_that_the_page_is_looked_at():
    delivery = delivery_about(notification__match__happened_at=NOON)

    body = message.build([delivery], now=NOON + timedelta(hours=1)).body

    assert "Anna Nowak looked at" in body


# What it says


def test_the_alerts_description_stands_on_top_of_both_parts():
    email = message.build([delivery_about()])

    for text in both_parts(email):
        assert text.index("Somebody looks at our prices.") < text.index("Anna Nowak is looking at")


def test_several_alerts_are_each_named_with_their_description():
    contact = anna()
    page_view = page_view_of(contact)
    alerts = [AlertFactory(name=f"Alert {letter}", description=f"Because {letter}.") for letter in "XY"]

    email = message.build([delivery_about(page_view=page_view, alert=alert) for alert in alerts])

    for text in both_parts(email):
        positions = [text.index(words) for words in ("Alert X", "Because X.", "Alert Y", "Because Y.")]
        assert positions == sorted(positions)
    assert len(html_of(email).find_all("h1")) == 1


def test_a_description_of_several_lines_keeps_them():
    email = message.build([delivery_about(alert=AlertFactory(description="One\nTwo"))])

    assert "One\nTwo" in email.body
    assert html_of(email).find(class_="description").find("br")


def test_both_parts_hold_all_that_is_known_of_the_contact():
    contact = anna()
    contact.tags.add("VIP", "Export")
    contact.save()

    email = message.build([delivery_about(contact)])

    known = ["Anna Nowak", "anna.nowak@example.org", "+48 600 100 200", "Młyn sp. z o.o.", "Head of purchasing"]
    known += [
        "Kraków",
        "Poland",
        "Polish",
        "Export, VIP",
        "budget",
        "20000",
        "newsletter",
        "yes",
        "Marta Kowalska",
    ]
    for text in both_parts(email):
        assert [value for value in known if value not in text] == []


def test_phone_and_email_are_links():
    links = links_of(message.build([delivery_about()]))

    assert "tel:+48600100200" in links
    assert "mailto:anna.nowak@example.org" in links


def test_what_is_not_a_phone_number_is_no_link():
    links = links_of(message.build([delivery_about(anna(phone="ask at the reception"))]))

    assert not [link for link in links if link.startswith("tel:")]


def test_what_the_contact_gave_in_a_form_is_marked():
    contact = anna(fields_given_by_form=["company", "budget"])

    body = message.build([delivery_about(contact)]).body

    assert "Młyn sp. z o.o. (as given in a form)" in body
    assert "20000 (as given in a form)" in body
    assert "Head of purchasing\n" in body


def test_fields_that_the_site_declares_are_said_with_their_labels_or_left_out(settings):
    settings.WAGTAIL_VISIT_ALERTS = {
        "CONTACT_FIELDS": [
            {"name": "budget", "label": "Budget in euros", "type": "number", "in_email": False},
            {"name": "newsletter", "label": "Gets our <newsletter>", "type": "yes_no"},
            {"name": "website", "label": "Website", "type": "url"},
            {"name": "since", "label": "Customer since", "type": "date"},
        ]
    }
    further = {"budget": 20000, "newsletter": True, "website": "https://example.com/", "hobby": "chess"}
    email = message.build([delivery_about(anna(extra=further, fields_given_by_form=["newsletter"]))])

    for text in both_parts(email):
        assert "20000" not in text
        assert "Customer since" not in text
        assert "chess" in text
    assert "Gets our <newsletter>: yes (as given in a form)" in email.body
    assert "https://example.com/" in links_of(email)


def test_a_contact_of_whom_only_the_address_is_known_is_named_by_it():
    contact = anna(name="", phone="", company="", position="", city="", country="", language="", extra={})

    email = message.build([delivery_about(contact)])

    assert email.subject.startswith("anna.nowak@example.org is looking at")
    assert [label.get_text() for label in html_of(email).find_all("th", string=re.compile("Phone|City"))] == []


def test_an_owner_who_is_missing_is_said_to_be():
    delivery = delivery_about(anna(owner=None), role=Role.CC, user=None, email="cc@example.com")

    assert "Owner: none" in message.build([delivery]).body


def test_the_page_its_address_and_the_time_are_said():
    page_view = page_view_of(anna(), page=price_list())

    email = message.build([delivery_about(page_view=page_view)])

    assert html_of(email).h1.get_text() == "Price list"
    for text in both_parts(email):
        assert "http://testserver/pricing/" in text
        assert "Nov. 24, 2026, 1 p.m." in text


def test_the_dwell_time_is_said_once_the_contact_has_moved_on():
    page_view = page_view_of(anna(), ending=Ending.MOVED_ON, dwell_ms=3_900_000)

    for text in both_parts(message.build([delivery_about(page_view=page_view)])):
        assert "1 h 5 min" in text


@pytest.mark.parametrize(
    ("method", "words"),
    [
        (Method.LOGIN, "They logged in to the site."),
        (Method.FORM, "They filled in a form"),
        (Method.API, "The site itself knows them"),
        (Method.LINK, "it could be a colleague they forwarded it to"),
    ],
)
def test_how_the_contact_was_recognized_is_said_in_plain_words(method, words):
    contact = anna()
    visitor = VisitorFactory(contact=contact, identified_by=method)

    for text in both_parts(message.build([delivery_about(page_view=page_view_of(contact, visitor=visitor))])):
        assert words in text


def test_a_page_view_that_only_the_server_saw_is_said_to_be():
    page_view = page_view_of(anna(), source=Source.HOOK)

    for text in both_parts(message.build([delivery_about(page_view=page_view)])):
        assert "Seen by the server only" in text


def test_a_notification_whose_page_view_is_gone_still_says_who_and_when():
    delivery = delivery_about()
    delivery.notification.match.page_view.delete()
    delivery = Delivery.objects.with_what_is_told().get()

    email = message.build([delivery])

    assert email.subject == "Anna Nowak: Price list"
    assert html_of(email).h1.get_text() == "Anna Nowak"


# The short history


def test_the_history_is_the_last_ten_page_views():
    contact = anna()
    visitor = VisitorFactory(contact=contact)
    for number in range(12):
        page_view_of(
            contact,
            visitor=visitor,
            url=f"http://testserver/page-{number:02}/",
            entered_at=NOON - timedelta(minutes=number + 1),
        )
    occasion = page_view_of(contact, visitor=visitor)

    body = message.build([delivery_about(page_view=occasion)]).body

    assert "page-08" in body
    assert "page-09" not in body


def test_the_length_of_the_history_is_a_setting(settings):
    settings.WAGTAIL_VISIT_ALERTS = {"HISTORY_LENGTH": 1}
    contact = anna()
    page_view_of(contact, url="http://testserver/earlier/", entered_at=NOON - timedelta(minutes=1))

    assert "earlier" not in message.build([delivery_about(page_view=page_view_of(contact))]).body


def test_the_history_shows_visits_the_latest_first_each_in_the_order_of_its_pages():
    contact = anna()
    visitor = VisitorFactory(contact=contact)
    for day, name in ((1, "old-one"), (1, "old-two"), (0, "new-one")):
        page_view_of(
            contact,
            visitor=visitor,
            url=f"http://testserver/{name}/",
            entered_at=NOON - timedelta(days=day, minutes=5 if name.endswith("one") else 1),
        )

    email = message.build([delivery_about(page_view=page_view_of(contact, visitor=visitor))])

    visits = [heading.get_text() for heading in html_of(email).find_all(class_="visit")]
    assert visits == ["Nov. 24, 2026", "Nov. 23, 2026"]
    history = email.body[email.body.index("Latest activity") :]
    positions = [history.index(name) for name in ("new-one", "pricing", "old-one", "old-two")]
    assert positions == sorted(positions)


def test_the_history_marks_what_raised_the_alert():
    [mark] = html_of(message.build([delivery_about()])).find_all(class_="raised")

    assert mark.get_text() == "raised this alert"


def test_another_contacts_page_views_are_not_in_the_history():
    page_view_of(anna(email="other@example.org"), url="http://testserver/other/")

    assert "testserver/other/" not in message.build([delivery_about(anna())]).body


# Why, and the way into the admin


@pytest.mark.parametrize(
    ("role", "words"),
    [
        (Role.ME, "because you chose to receive the alert “Price list”"),
        (Role.OWNER, "because you are the main owner of this contact"),
        (Role.FALLBACK, "in place of an owner: the contact has no active owner"),
        (Role.CC, "because your address is in CC of the alert “Price list”"),
    ],
)
def test_the_reader_is_told_why_they_get_it(role, words):
    for text in both_parts(message.build([delivery_about(role=role)])):
        assert words in text


def test_a_reader_who_may_enter_the_admin_finds_links_to_contact_and_alert():
    reader = user_with("access_admin", "view_contact", "view_alert")
    delivery = delivery_about(role=Role.ME, user=reader)

    links = links_of(message.build([delivery]))

    assert f"http://testserver/admin/visit-alerts/contacts/inspect/{delivery.notification.contact.pk}/" in links
    assert f"http://testserver/admin/visit-alerts/alerts/inspect/{delivery.notification.alert.pk}/" in links


@pytest.mark.parametrize(
    ("permissions", "found"),
    [
        (["view_contact", "view_alert"], set()),
        (["access_admin", "view_contact"], {"contacts"}),
        (["access_admin", "view_own_contact"], {"contacts"}),
        (["access_admin", "change_alert"], {"alerts"}),
        (["access_admin"], set()),
    ],
)
def test_a_reader_finds_only_links_they_may_follow(permissions, found):
    owner = user_with(*permissions)

    links = links_of(message.build([delivery_about(anna(owner=owner))]))

    assert {link.split("/")[5] for link in links if "/admin/" in link} == found


def test_an_address_in_cc_gets_no_link_into_the_admin():
    delivery = delivery_about(role=Role.CC, user=None, email="cc@example.com")

    assert not [link for link in links_of(message.build([delivery])) if "/admin/" in link]


def test_a_site_without_base_url_gets_no_link_into_the_admin(settings):
    settings.WAGTAILADMIN_BASE_URL = None
    delivery = delivery_about(role=Role.ME, user=user_with("access_admin", "view_contact"))

    assert not [link for link in links_of(message.build([delivery])) if "admin" in link]


def test_a_site_without_the_admins_pages_gets_no_link_to_them(settings):
    settings.ROOT_URLCONF = "tests.delivering.no_urls"
    delivery = delivery_about(role=Role.ME, user=UserFactory(is_superuser=True))

    assert not [link for link in links_of(message.build([delivery])) if "admin" in link]


def test_time_in_view_is_said_where_the_alert_asks_for_it():
    page_view = page_view_of(anna(), engaged_ms=120_000)
    alert = AlertFactory(clock=Clock.IN_VIEW)

    for text in both_parts(message.build([delivery_about(page_view=page_view, alert=alert)])):
        assert "2 min" in text
        assert "In view for" in text


def test_time_in_view_is_not_said_where_no_alert_asks_for_it():
    page_view = page_view_of(anna(), engaged_ms=120_000)

    assert "In view" not in message.build([delivery_about(page_view=page_view)]).body


# A test


def test_test_says_so_in_its_subject_and_first_of_all_in_both_parts():
    tester = UserFactory(first_name="Marta", last_name="Kowalska")
    delivery = delivery_about(page_view=page_view_of(anna(), page=price_list()))

    email = message.build([delivery], tester=tester)

    said = "This is a test of the alert “Price list”, sent by Marta Kowalska: no contact has visited the site."
    assert email.subject == "Test: Anna Nowak is looking at: Price list"
    assert email.body.startswith(said)
    assert html_of(email).find(class_="test").get_text(strip=False).strip() == said


def test_test_says_so_in_the_language_of_its_reader():
    reader = UserFactory()
    UserProfile.objects.create(user=reader, preferred_language="pl")

    email = message.build([delivery_about(user=reader)], tester=UserFactory())

    assert html_of(email).html["lang"] == "pl"


def test_alert_does_not_say_that_it_is_a_test():
    for text in both_parts(message.build([delivery_about()])):
        assert "test of the alert" not in text


def test_testers_name_is_escaped_and_on_one_line():
    email = message.build(
        [delivery_about()], tester=UserFactory(first_name=HOSTILE[:30], last_name="\r\nBcc: x")
    )

    assert html_of(email).find("script") is None
    assert "\nBcc: x" not in email.body


# Mute, and "I'm on it"


def test_the_reader_can_mute_and_say_that_they_are_on_it():
    delivery = delivery_about()

    email = message.build([delivery])

    for url in (reader_links.links_of([delivery]).take_url, reader_links.links_of([delivery]).mute_url):
        assert url in links_of(email)
        assert url in email.body


def test_a_site_without_base_url_gets_neither(settings):
    settings.WAGTAILADMIN_BASE_URL = None

    email = message.build([delivery_about()])

    assert "I'm on it" not in email.body
    assert "Mute" not in email.body


# The reader's language and time zone


def test_the_email_is_in_the_readers_time_zone():
    reader = UserFactory()
    UserProfile.objects.create(user=reader, current_time_zone="America/New_York")

    body = message.build([delivery_about(page_view=page_view_of(anna()), user=reader)]).body

    assert "Nov. 24, 2026, 7 a.m. (EST)" in body


def test_the_email_is_in_the_language_the_reader_has_chosen():
    reader = UserFactory()
    UserProfile.objects.create(user=reader, preferred_language="pl")

    email = message.build([delivery_about(page_view=page_view_of(anna()), user=reader)])

    assert html_of(email).html["lang"] == "pl"
    assert "24 listopada 2026 13:00" in email.body


def test_the_email_is_in_the_sites_language_whatever_the_visitors_is():
    with translation.override("pl"):
        email = message.build([delivery_about(user=UserFactory())])

        assert translation.get_language() == "pl"
    assert html_of(email).html["lang"] == "en"


def test_an_address_in_cc_is_written_to_in_the_authors_language_and_time_zone():
    author = UserFactory()
    UserProfile.objects.create(user=author, preferred_language="pl", current_time_zone="Asia/Tokyo")
    delivery = delivery_about(
        page_view=page_view_of(anna()),
        alert=AlertFactory(author=author),
        role=Role.CC,
        user=None,
        email="c@c.pl",
    )

    assert "24 listopada 2026 21:00 (JST)" in message.build([delivery]).body


def test_a_time_zone_that_exists_no_more_falls_back_to_the_sites():
    reader = UserFactory()
    UserProfile.objects.create(user=reader, current_time_zone="Mars/Olympus")

    assert "(CET)" in message.build([delivery_about(page_view=page_view_of(anna()), user=reader)]).body


# What comes from outside


def test_everything_from_outside_is_escaped_and_on_one_line():
    contact = anna(
        name=HOSTILE,
        company=HOSTILE,
        phone=HOSTILE[:60],
        city=HOSTILE,
        extra={HOSTILE: HOSTILE, "a": [HOSTILE]},
    )
    contact.tags.add(HOSTILE)
    contact.save()
    page = price_list()
    page.title = HOSTILE
    page.save()
    alert = AlertFactory(name=HOSTILE)

    email = message.build([delivery_about(page_view=page_view_of(contact, page=page), alert=alert)])

    assert html_of(email).find("script") is None
    assert "\nBcc: x" not in email.body
    for text in (email.subject, email.body, email.alternatives[0].content):
        assert "\u202e" not in text


def test_letters_that_look_like_others_are_spelled_out_in_hosts():
    contact = anna(email="anna@\u0430pple.com")

    email = message.build([delivery_about(page_view=page_view_of(contact, url="http://\u0430pple.com/a/"))])

    assert "http://xn--pple-43d.com/a/" in links_of(email)
    for text in both_parts(email):
        assert "\u0430pple" not in text
        assert "anna@xn--pple-43d.com" in text


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "ftp://example.com/", "http://"])
def test_only_web_addresses_become_links(url):
    email = message.build([delivery_about(page_view=page_view_of(anna(), url=url))])

    assert url not in links_of(email)
    assert url in email.body


def test_an_address_that_breaks_out_of_its_attribute_stays_inside():
    url = 'http://testserver/"><img src=x onerror=alert(1)>'

    email = message.build([delivery_about(page_view=page_view_of(anna(), url=url))])

    assert html_of(email).find("img") is None


def test_a_very_long_value_is_cut():
    email = message.build([delivery_about(anna(extra={"message": "x" * 5000}))])

    assert "x" * 301 not in email.body


# How it looks


def test_the_css_is_inlined_and_what_cannot_be_stays():
    html = message.build([delivery_about()]).alternatives[0].content

    assert html_of(message.build([delivery_about(anna(email="b@example.org"))])).h1["style"]
    assert "prefers-color-scheme: dark" in html
    assert "max-width: 480px" in html


def test_nothing_is_loaded_from_outside():
    html = html_of(message.build([delivery_about()]))

    assert html.find_all(["img", "link", "script", "iframe"]) == []
    assert "url(" not in str(html)
    assert "@import" not in str(html)


def test_a_site_overrides_a_block_and_keeps_the_rest(settings, tmp_path):
    (tmp_path / "wagtail_visit_alerts/email").mkdir(parents=True)
    (tmp_path / "wagtail_visit_alerts/email/alert.html").write_text(
        '{% extends "wagtail_visit_alerts/email/alert.html" %}'
        "{% block why %}<tr><td>Our own footer</td></tr>{% endblock %}"
    )
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]

    text = html_of(message.build([delivery_about()])).get_text()

    assert "Our own footer" in text
    assert "Anna Nowak is looking at" in text


def test_writing_an_email_takes_a_bounded_number_of_queries(django_assert_max_num_queries):
    contact = anna()
    visitor = VisitorFactory(contact=contact)
    for number in range(10):
        page_view_of(contact, visitor=visitor, page=price_list() if number == 0 else None)
    deliveries = [delivery_about(page_view=page_view_of(contact, visitor=visitor)) for _ in range(3)]

    with django_assert_max_num_queries(12):
        message.build(deliveries)
