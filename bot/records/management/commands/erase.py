"""`manage.py erase telegram 123456 777` removes everything about one chat."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from bot.records.erasing import erase_contact
from bot.records.models import Channel, Contact, Tombstone


class Command(BaseCommand):
    help = "Remove everything about one person for good."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("channel", choices=Channel.values)
        parser.add_argument("bot", help='the id of the bot, "" for the web')
        parser.add_argument("address", help="the chat id or the web session's address")

    def handle(self, *args: Any, **options: Any) -> None:
        contact = Contact.objects.find(options["channel"], options["bot"], options["address"])
        if contact is None:
            raise CommandError("Nobody is known under this address.")
        erase_contact(contact, Tombstone.By.STAFF)
        self.stdout.write("Everything about this person was removed.")
