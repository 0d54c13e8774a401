"""Opens pages in the browser of whoever sits at the machine."""

from __future__ import annotations

import os
import sys
import webbrowser


def has_desktop() -> bool:
    """Whether there is a screen that a browser could open a window on."""
    if sys.platform in ("darwin", "win32"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def open_in_browser(address: str) -> None:
    """Opens an address in a browser with a window; one in the terminal would not return."""
    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        return
    if type(browser) is not webbrowser.GenericBrowser:
        browser.open(address)
