"""The whole wizard by keyboard alone: Tab, Enter, Space and arrows, and letters where something is typed."""

import pytest
from playwright.sync_api import Locator, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.any_database]

#: More presses of Tab than any screen has places to stop at.
MAX_STOPS = 150


class Keyboard:
    """A person without a mouse."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)

    def reach(self, target: Locator) -> None:
        """Press Tab until the focus is on something, which must then be seen to have it."""
        target.first.wait_for()
        for _stop in range(MAX_STOPS):
            if target.first.evaluate("element => element === document.activeElement"):
                break
            self.press("Tab")
        expect(target.first).to_be_focused()
        expect(target.first).to_be_in_viewport()

    def follow(self, target: Locator) -> None:
        """Reach a link or button, and press Enter."""
        self.reach(target)
        self.press("Enter")

    def tick(self, target: Locator) -> None:
        """Reach a checkbox or switch, and press Space."""
        self.reach(target)
        self.press("Space")
        expect(target).to_be_checked()

    def choose(self, target: Locator, *, group: Locator) -> None:
        """Reach a group of radio buttons, which has one stop, and go to one of them by the arrow keys."""
        self.reach(group.locator("input[type=radio]:checked"))
        for _stop in range(MAX_STOPS):
            if target.is_checked():
                break
            self.press("ArrowDown")
        expect(target).to_be_checked()


def choose_price_list(page: Page, keys: Keyboard) -> None:
    """In the page chooser, which takes the focus: go below the home page, and take the price list."""
    dialog = page.get_by_role("dialog")
    # It takes the focus once it has faded in; a key pressed before would go nowhere.
    expect(dialog).to_be_focused()
    keys.follow(dialog.get_by_role("link", name="Explore"))
    keys.follow(dialog.get_by_role("link", name="Price list", exact=True))
    expect(dialog).to_have_count(0)


def test_wizard_is_gone_through_by_keyboard_alone(editor: Page, site) -> None:
    keys = Keyboard(editor)
    following = editor.get_by_role("button", name="Next", exact=True)

    editor.goto("/admin/")
    keys.follow(editor.get_by_role("button", name="Visit alerts"))
    keys.follow(editor.get_by_role("link", name="Alerts", exact=True))
    keys.follow(editor.get_by_role("link", name="Add alert"))
    keys.reach(editor.get_by_label("Alert name"))
    editor.keyboard.type("By keyboard alone")
    keys.follow(following)
    keys.follow(editor.get_by_role("button", name="Choose a page"))
    choose_price_list(editor, keys)
    keys.follow(following)
    keys.choose(editor.get_by_label("once a week"), group=editor.locator("#main"))
    keys.follow(following)
    keys.tick(editor.get_by_label("Send the alert to me"))
    keys.follow(following)
    keys.tick(editor.get_by_label("Activate the alert"))
    keys.follow(editor.get_by_role("button", name="Save", exact=True))

    expect(editor.get_by_text("Alert “By keyboard alone” saved.")).to_be_visible()
    saved = site.manage(
        "shell", "--verbosity", "0", "-c",
        "from wagtail_visit_alerts.models import Alert\n"
        "alert = Alert.objects.get(name='By keyboard alone')\n"
        "print(alert.is_on, alert.frequency_in_words, alert.monitored_pages.get())",
    )  # fmt: skip
    assert saved == "True once a week Price list"
