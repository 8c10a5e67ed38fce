"""The page on which people sign in: plain HTML, so that it works before and without any script."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

STYLES = ("tokens", "base", "bar", "login")


@dataclass(frozen=True)
class LoginInfo:
    """next: the path to go on to. user: as it was typed. problem: why it did not work. notice: what to know before.
    form: whether signing in can work at all."""

    next: str = "/"
    user: str = ""
    problem: str = ""
    notice: str = ""
    form: bool = True


def document(info: LoginInfo) -> str:
    """The whole document, as HTML; all of the info is text in it."""
    styles = "".join(f'<link rel="stylesheet" href="/assets/{name}.css">' for name in STYLES)
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Sign in · Tidegauge</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'{styles}<script type="module" src="/assets/js/page/login.mjs"></script></head>'
        '<body><main class="login"><p class="brand">Tidegauge</p>'
        f"{_said('notice', 'status', info.notice)}{_said('problem', 'alert', info.problem)}"
        f"{_form(info) if info.form else ''}</main></body></html>"
    )


def _said(name: str, role: str, text: str) -> str:
    return f'<p class="{name}" role="{role}">{escape(text)}</p>' if text else ""


def _form(info: LoginInfo) -> str:
    focused = "password" if info.user else "user"
    return (
        '<form method="post" action="/login"><h1>Sign in</h1>'
        f'<input type="hidden" name="next" value="{escape(info.next)}">'
        f"{_field('user', 'User', 'text', 'username', info.user, focused)}"
        f"{_field('password', 'Password', 'password', 'current-password', '', focused)}"
        '<button type="submit" class="button">Sign in</button></form>'
    )


def _field(name: str, label: str, kind: str, fills: str, value: str, focused: str) -> str:
    focus = " autofocus" if name == focused else ""
    return (
        f'<label>{label}<input name="{name}" type="{kind}" autocomplete="{fills}" autocapitalize="none" '
        f'spellcheck="false" value="{escape(value)}" required{focus}></label>'
    )
