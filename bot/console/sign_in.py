"""Signing in at the desk: how often it may be tried, counted in memory alone.

Five tries of a name from an address, and thirty from an address of any names, within fifteen minutes; those that
succeed do not count. The name alone is never locked: whoever knows it could lock a member of staff out on purpose, in
the middle of an emergency. The address alone has more room, as a whole office may share it. A try over the limit is not
looked at, also when the password is right, and does not prolong the wait.

django-axes was tried first: its cache has one number for both kinds, it writes names and addresses into the log, and
its tables for names, addresses and browsers would lie empty in the records.
"""

from __future__ import annotations

import ipaddress
import math
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.contrib.auth.signals import user_logged_in
from django.contrib.auth.views import LoginView
from django.core.exceptions import PermissionDenied
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

from bot.health import counted
from bot.limiting import MovingWindow

TRIES_OF_A_NAME = 5
TRIES_OF_AN_ADDRESS = 30
MINUTES = 15

of_names = MovingWindow(TRIES_OF_A_NAME, MINUTES * 60)
of_addresses = MovingWindow(TRIES_OF_AN_ADDRESS, MINUTES * 60)


class LimitedTries:
    """The first backend: refuses a try too many before any password is compared. It knows no accounts."""

    def authenticate(self, request: HttpRequest | None, username: str | None = None, **_: Any) -> None:
        if request is None:
            return
        # Counted before the password is compared: many tries at the same moment must not all be the first.
        address = _address_of(request)
        pair = _pair(username or "", address)
        if not of_names.take(pair):
            raise PermissionDenied
        if not of_addresses.take(address):
            of_names.give_back(pair)
            raise PermissionDenied


class SignIn(LoginView):
    """Django's view, which says when to try again."""

    template_name = "console/sign_in.html"
    redirect_authenticated_user = True

    def form_invalid(self, form: Any) -> HttpResponse:
        wait = seconds_to_wait(self.request, str(form.cleaned_data.get("username", "")))
        response = self.render_to_response(self.get_context_data(form=form, minutes=math.ceil(wait / 60)))
        if wait:
            counted.LIMITS.labels("signing in").inc()
            response.status_code = 429
            response["Retry-After"] = str(math.ceil(wait))
        return response


def seconds_to_wait(request: HttpRequest, name: str) -> float:
    """Return in how many seconds somebody at this address may try this name again; 0 for now."""
    address = _address_of(request)
    return max(of_names.wait(_pair(name, address)), of_addresses.wait(address))


@receiver(user_logged_in)
def _succeeded(sender: Any, request: HttpRequest | None, user: AbstractBaseUser, **_: Any) -> None:
    if request is not None:
        address = _address_of(request)
        of_names.forget(_pair(user.get_username(), address))
        of_addresses.give_back(address)


def _pair(name: str, address: str) -> str:
    return salted_hmac(__name__, f"{address} {name}").hexdigest()


def _address_of(request: HttpRequest) -> str:
    """Return where the request came from; behind a proxy that is what the proxy added last, never what came before."""
    address = request.META.get("REMOTE_ADDR", "")
    if settings.ANXING.behind_tls:
        address = request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip() or address
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if parsed.version == 4:
        return str(parsed)
    mapped = parsed.ipv4_mapped
    # Whoever has one address of the sixth version has a whole network of them.
    return str(mapped or ipaddress.ip_network((parsed, 64), strict=False))
