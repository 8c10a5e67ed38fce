"""The page on which people sign in."""

from __future__ import annotations

from layouts.login import LoginInfo, document


def test_all_that_is_told_is_text() -> None:
    """No markup comes of what people type or what a URL says."""
    hostile = "\"'><script>alert(1)</script>"
    text = document(LoginInfo(next=hostile, user=hostile, problem=hostile, notice=hostile))
    assert text.count("<script") == 1
    assert text.count("&quot;&#x27;&gt;&lt;script&gt;") == 4


def test_the_cursor_stands_where_typing_goes_on() -> None:
    """In the password once the user is known."""
    assert 'autocomplete="username" autocapitalize="none" spellcheck="false" value="" required autofocus' in document(
        LoginInfo()
    )
    text = document(LoginInfo(user="ann"))
    assert text.index("autofocus") > text.index('type="password"')


def test_where_signing_in_cannot_work_there_is_no_form() -> None:
    """Only what to do."""
    text = document(LoginInfo(notice="nobody has an account", form=False))
    assert "nobody has an account" in text
    assert "<form" not in text
