"""Rows in every table of the records, as they may stand there after a while."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Group, Permission, User
from django.db import connection
from django.utils import timezone

from bot.records import models as m
from bot.records.backup import columns_of, models_at

WORDS = "中介说办护照先交三万五押金"
ADDRESS = "987654321012"
PASSWORD = "一个很长的密码 long enough"


def fill(count: int = 3) -> None:
    """Fill a migrated database."""
    now = timezone.now()
    contact = m.Contact.objects.reach("telegram", "123456", ADDRESS)
    talk = m.Conversation.objects.create(contact=contact, facts={"fee": WORDS}, indicators={WORDS: "present"})
    for number in range(1, count + 1):
        said = m.Message.objects.add(
            talk, direction="in", author="person", text=f"{WORDS}{number}\ud800\x00", bot="123456", update_id=number,
            file={"trouble": WORDS}, state="answered",
        )  # fmt: skip
        m.Finding.objects.create(message=said, indicator="x", status="present", confidence=0.1, start=0, end=2)
        told = m.Message.objects.add(
            talk, direction="out", author="bot", text=WORDS, buttons=[{"title": WORDS}], picture={"title": WORDS},
            reply_to=said,
        )  # fmt: skip
        m.Outbox.objects.create(message=told, channel="telegram")
    m.DialogueState.objects.create(sender=talk.sender, state={"events": [WORDS]}, turn=2)
    m.Quarantine.objects.create(bot="123456", update_id=-5, raw=WORDS, error_class="KeyError")
    m.Conversation.objects.create(contact=m.Contact.objects.reach("web", "", "visit"), continues=talk)
    m.Receipt.objects.create(conversation=talk, lookup="0" * 64, code_hash="$argon2id$")
    m.Tombstone.objects.create(by="person", on=now.date())
    m.SeenNumber.objects.create(conversation=talk, digest="1" * 64, kind="phone")
    listing = m.RecruiterList.objects.create(as_of=now.date(), source="商务厅", rows=1, sha256="2" * 64)
    m.LicensedRecruiter.objects.create(listing=listing, name="某某公司", valid_until=now.date())
    staff = User.objects.create_user("staff", password=PASSWORD)
    staff.groups.add(Group.objects.create(name="hotline"))
    staff.user_permissions.add(Permission.objects.get(codename="change_message", content_type__app_label="records"))


def everything() -> dict[str, list[Any]]:
    """Return every row that a backup keeps, as the database has it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT app, name FROM django_migrations")
        migrations = sorted(cursor.fetchall())
    return {
        model._meta.label: list(model._base_manager.order_by("pk").values_list(*(f.attname for f in columns_of(model))))
        for model in models_at(migrations)
    }


def opened() -> int:
    """Open every sealed value and return how many there are."""
    from bot.records.rotation import sealed_models

    count = 0
    for model, fields in sealed_models():
        for row in model._base_manager.all():
            for field in fields:
                count += row.__dict__[field.attname] is not None
                getattr(row, field.attname)
    return count
