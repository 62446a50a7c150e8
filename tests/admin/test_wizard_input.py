"""Bad input of each step: refused with a message at its field. Good input in its odd spellings: understood."""

import pytest
from django.test import override_settings
from wagtail.models import Locale, Site

from wagtail_visit_alerts.models import Alert

from ..factories import AlertFactory, MonitoredPageFactory, UserFactory
from .walking import NAME, Walk, page_row, pages, url_row, user_who_may

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


@pytest.fixture
def walk(walk):
    walk.press("name", NAME)
    return walk


def saved(walk, **steps):
    walk.walk_to_summary(**steps).save()
    return Alert.objects.get()


def minutes_saved(walk, typed):
    return saved(walk, rows=pages(url_row(minimum_minutes=typed))).monitored_pages.get().minimum_minutes


@pytest.mark.parametrize(
    ("name", "error"), [("", "Give the alert a name."), ("x" * 256, "at most 255 characters")]
)
def test_name_is_required_and_not_too_long(walk, name, error):
    assert error in str(walk.errors("name", {"name": name})["name"])


def test_no_row_filled_in_is_an_error_at_the_first_row(walk):
    assert "Choose a page, or switch to URL." in str(
        walk.errors("pages", pages({"kind": "page", "page": ""}))["page"]
    )


def test_no_row_left_is_an_error_of_the_step(walk):
    response = walk.press("pages", pages(url_row(DELETE="1")))

    assert "Add at least one page or URL." in response.content.decode()


def test_empty_row_beside_a_filled_one_is_ignored(walk):
    alert = saved(walk, rows=pages(url_row(), {"kind": "page", "page": "", "minimum_minutes": ""}))

    assert alert.monitored_pages.count() == 1


def test_more_rows_than_anybody_needs_are_refused(walk):
    response = walk.press("pages", pages(url_row(), **{"pages-TOTAL_FORMS": 5000}))

    assert response.status_code == 200
    assert response.context["form"].rows.non_form_errors()


def test_manipulated_management_form_is_an_error_of_the_step(walk):
    response = walk.press("pages", {"pages-TOTAL_FORMS": "many"})

    assert response.status_code == 200
    assert response.context["form"].rows.non_form_errors()


def test_row_of_the_kind_url_needs_a_path(walk):
    assert "Enter a path" in str(walk.errors("pages", pages(url_row("")))["path"])


def test_row_of_the_kind_page_needs_a_page_whatever_path_it_holds(walk):
    row = {"kind": "page", "page": "", "path": "/pricing/"}

    assert "Choose a page." in str(walk.errors("pages", pages(row))["page"])


def test_what_the_other_kind_holds_does_not_count(walk, price_list):
    row = saved(walk, rows=pages(page_row(price_list, path="https://elsewhere.example/"))).monitored_pages.get()

    assert (row.page_id, row.path, row.site) == (price_list.pk, "", None)


def test_page_that_does_not_exist_is_refused(walk):
    row = {"kind": "page", "page": "999999"}

    assert "no longer exists" in str(walk.errors("pages", pages(row))["page"])


def test_url_of_another_host_is_refused_by_its_name(walk):
    errors = walk.errors("pages", pages(url_row("https://elsewhere.example/pricing/")))

    assert "elsewhere.example is no site of this installation" in str(errors["path"])


def test_url_of_a_site_chooses_that_site(walk, home):
    site = Site.objects.create(hostname="shop.example.com", port=443, root_page=home)

    row = saved(walk, rows=pages(url_row("https://Shop.example.com/pricing/"))).monitored_pages.get()

    assert (row.site, row.path) == (site, "/pricing/")


def test_url_with_a_port_needs_a_site_with_that_port(walk, home):
    Site.objects.create(hostname="shop.example.com", port=443, root_page=home)

    errors = walk.errors("pages", pages(url_row("https://shop.example.com:8443/pricing/")))

    assert "shop.example.com:8443 is no site" in str(errors["path"])


def test_site_that_does_not_exist_is_refused(walk):
    assert "no longer exists" in str(walk.errors("pages", pages(url_row(site="999999")))["site"])


@pytest.mark.parametrize("minutes", ["-1", "1440.5", "1441", "soon", "NaN", "Infinity"])
def test_minutes_out_of_range_are_refused(walk, minutes):
    errors = walk.errors("pages", pages(url_row(minimum_minutes=minutes)))

    assert "Enter a number of minutes from 0 to 1440." in str(errors["minimum_minutes"])


@pytest.mark.parametrize(
    ("typed", "kept"), [("", None), ("0", 0), ("2.5", 2.5), ("0.25", 0.25), ("1440", 1440)]
)
def test_minutes_in_range_are_kept_with_their_fractions(walk, typed, kept):
    assert minutes_saved(walk, typed) == kept


def test_minutes_with_a_decimal_comma_are_understood_in_polish(walk, editor):
    with override_settings(LANGUAGE_CODE="pl"):
        assert minutes_saved(walk, "2,5") == 2.5


def test_minutes_are_shown_with_a_decimal_comma_in_polish(editor):
    alert = AlertFactory()
    MonitoredPageFactory(alert=alert, minimum_minutes="2.50")

    with override_settings(LANGUAGE_CODE="pl"):
        form = Walk(editor, alert=alert).see("pages").context["form"]

    assert form.rows.forms[0]["minimum_minutes"].value() == "2,5"


@pytest.mark.parametrize(("languages", "offered"), [(1, False), (2, True)])
def test_translations_are_offered_where_the_site_has_several_languages(walk, languages, offered):
    if languages == 2:
        Locale.objects.create(language_code="pl")

    assert ("and its translations" in walk.see("pages").content.decode()) is offered


@override_settings(WAGTAIL_I18N_ENABLED=False)
def test_translations_are_not_offered_where_wagtail_has_no_languages(walk):
    Locale.objects.create(language_code="pl")

    assert "and its translations" not in walk.see("pages").content.decode()


def test_row_of_a_page_that_was_deleted_wants_another_page(editor, price_list):
    alert = AlertFactory()
    MonitoredPageFactory(alert=alert, kind="page", path="", page=price_list)
    price_list.delete()
    walk = Walk(editor, alert=alert)

    assert walk.see("summary").redirect_chain[-1][0] == walk.url("pages")
    assert "Choose a page." in walk.see("pages").content.decode()


@pytest.mark.parametrize("times", ["", "0", "101", "-1", "1.5", "often"])
def test_times_other_than_1_to_100_are_refused(walk, times):
    answers = {"how_often": "exactly", "times": times, "period": "week"}

    assert "Enter a whole number from 1 to 100." in str(walk.errors("frequency", answers)["times"])


@pytest.mark.parametrize("period", ["", "year"])
def test_period_other_than_day_week_month_is_refused(walk, period):
    assert "period" in walk.errors("frequency", {"how_often": "exactly", "times": "2", "period": period})


def test_how_often_is_required(walk):
    assert "Choose how often" in str(walk.errors("frequency", {})["how_often"])


def test_times_do_not_count_unless_chosen_exactly(walk):
    alert = saved(walk, frequency={"how_often": "week", "times": "1000", "period": ""})

    assert (alert.cap_times, alert.cap_period) == (1, "week")


def test_no_recipient_at_all_is_an_error(walk):
    assert "Choose at least one recipient" in str(walk.errors("details", {"cc": ""})["send_to_me"])


def test_cc_alone_is_enough(walk):
    alert = saved(walk, details={"cc": "boss@example.com"})

    assert (alert.send_to_owner, alert.recipients.count(), alert.cc) == (False, 0, "boss@example.com")


def test_cc_may_be_separated_by_commas_semicolons_and_line_breaks(walk):
    alert = saved(walk, details={"cc": "a@example.com; b@example.com\r\nc@example.com,, A@Example.com"})

    assert alert.cc == "a@example.com,b@example.com,c@example.com"


@pytest.mark.parametrize("address", ["nobody", "a@b@c", "żaneta@example.com"])
def test_address_in_cc_that_mail_can_not_reach_is_named(walk, address):
    errors = walk.errors("details", {"cc": f"boss@example.com, {address}"})

    assert address in str(errors["cc"])
    assert "boss@example.com" not in str(errors["cc"])


@pytest.mark.parametrize(("count", "last", "status"), [(16, "", 302), (15, "b", 302), (16, "b", 200)])
def test_cc_of_more_than_255_characters_is_refused(walk, count, last, status):
    addresses = [f"a{number:02}@example.com" for number in range(count)]
    assert len(",".join(addresses)) == 16 * count - 1
    addresses[-1] = last + addresses[-1]

    walk.walk_to("details")
    response = walk.press("details", {"cc": ", ".join(addresses)})

    assert response.status_code == status
    assert ("at most 255" in response.content.decode()) is (status == 200)


def test_me_needs_an_email_address(db):
    walk = Walk(user_who_may("add_alert", email=""))

    assert "Your account has no e-mail address" in str(
        walk.errors("details", {"send_to_me": "on"})["send_to_me"]
    )


def test_adding_cc_needs_the_permission_to_view_any_contact(db):
    walk = Walk(user_who_may("add_alert", "view_own_contact"))

    errors = walk.errors("details", {"cc": "boss@example.com"})

    assert "You may not add boss@example.com" in str(errors["cc"])


def test_cc_that_was_there_may_stay_whoever_edits(db):
    alert = AlertFactory(cc="boss@example.com")
    MonitoredPageFactory(alert=alert)
    walk = Walk(user_who_may("change_alert"), alert=alert)

    kept = walk.press("details", {"cc": "Boss@example.com"})
    refused = walk.press("details", {"cc": "boss@example.com, more@example.com"})

    assert kept.status_code == 302
    assert "You may not add more@example.com" in str(refused.context["form"].errors["cc"])


def test_other_users_who_chose_to_get_the_alert_are_recipients_enough(editor):
    alert = AlertFactory(send_to_owner=False)
    MonitoredPageFactory(alert=alert)
    alert.recipients.create(user=UserFactory())
    alert.save()

    assert Walk(editor, alert=alert).press("details", {}).status_code == 302
