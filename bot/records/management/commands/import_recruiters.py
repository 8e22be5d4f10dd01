"""`manage.py import_recruiters list.csv --as-of 2026-11-01 --source "…"` replaces the list of licensed companies."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from bot.records.models import LicensedRecruiter, RecruiterList
from bot.records.recruiter_csv import HEADINGS, LARGEST_FILE, ListError, read_list
from bot.records.recruiters import replace_list

_EARLIEST = date(2012, 8, 1)  # since then companies are licensed under the present regulation

_ABOUT = """\
Replace the list of licensed companies by a CSV file. Everything is read before anything is changed: if a line is
wrong, its number is told and the list in use stays. The file may be UTF-8 or GB18030, with commas, tabs or
semicolons; a title above the heading does no harm. Its columns are known by their heading, in any order, others
are left out:

{columns}

Only the first column has to be there. The date that people are shown is that of --as-of: the day on which the list
was published or copied, not that of the import."""


class Command(BaseCommand):
    help = "Replace the list of licensed companies by a CSV file."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        columns = "\n".join(f"  {column}: {'、'.join(names)}" for column, names in HEADINGS.items())
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.description = _ABOUT.format(columns=columns)
        parser.formatter_class = argparse.RawDescriptionHelpFormatter
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="the list, saved as CSV")
        parser.add_argument("--as-of", required=True, metavar="YYYY-MM-DD", help="the day from which the list is")
        parser.add_argument("--source", required=True, help="who published it and where, as staff will read it")

    def handle(self, *args: Any, **options: Any) -> None:
        as_of, source = _day(options["as_of"]), _source(options["source"])
        content = _content(options["file"])
        self.stdout.write(f"Reading {options['file'].name} …")
        try:
            read = read_list(content)
        except ListError as error:
            raise CommandError("\n".join([*error.problems, "Nothing was imported; the list in use stays."])) from None
        self.stdout.write(f"{len(read.recruiters)} companies read ({read.encoding}).")
        if read.repeated:
            lines = ", ".join(map(str, read.repeated[:20])) + (" …" if len(read.repeated) > 20 else "")
            self.stdout.write(f"{len(read.repeated)} lines repeat an earlier one and count once: {lines}.")
        before = RecruiterList.objects.first()
        replace_list(read.recruiters, content, as_of, source, self._tell)
        if before and before.as_of > as_of:
            self.stdout.write(self.style.WARNING(f"The list replaced was newer: of {before.as_of}."))
        valid = LicensedRecruiter.objects.filter(status=LicensedRecruiter.Status.VALID).count()
        self.stdout.write(f"Done: the list of {as_of} is in use, {len(read.recruiters)} companies, {valid} valid.")

    def _tell(self, done: int, of: int) -> None:
        self.stdout.write(f"  {done} of {of} written")


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise CommandError(f"--as-of must be a day such as 2026-11-01, not {text!r}.") from None
    if day > timezone.localdate():
        raise CommandError(f"--as-of {day} lies in the future.")
    if day < _EARLIEST:
        raise CommandError(f"--as-of {day} is before {_EARLIEST}, when the present licences began.")
    return day


def _source(text: str) -> str:
    text = " ".join(text.split())
    longest = RecruiterList._meta.get_field("source").max_length
    if not text or len(text) > longest:
        raise CommandError(f"--source must say in at most {longest} characters who published the list.")
    return text


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from None
