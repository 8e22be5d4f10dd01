"""How much of a paper is read; docs/papers.md shows the same table with the reasons."""

from __future__ import annotations

#: Bytes of one file, below the 20 MB that a bot may fetch from Telegram.
LARGEST_FILE = 10_000_000
#: Width times height. A phone takes 12 million, a screenshot of a long chat may have 30.
LARGEST_PICTURE = 64_000_000
#: A narrower picture holds no readable sign.
NARROWEST_PICTURE = 12
#: Pages of a PDF file. A contract has 3 to 40.
MOST_PAGES = 100
#: A Word file is a zip file: how many parts it may have, and their bytes when unpacked.
MOST_PARTS = 2_000
LARGEST_UNPACKED = 60_000_000
LARGEST_DOCUMENT_PART = 12_000_000
#: Characters of one file that go on; more are cut off.
LONGEST_TEXT = 20_000
#: No further page is looked at for its letters after so many characters: only 4,000 of a message are understood.
ENOUGH_LOOKED_AT = 4_000
#: After so much work of the processor, or so many seconds, no further page, piece or line is begun.
ENOUGH_PROCESSOR_SECONDS = 16.0
ENOUGH_SECONDS = 30.0
#: The reading process is killed after so many seconds.
LONGEST_SECONDS = 60.0
#: What the reading process may use.
MOST_MEMORY = 3 * 2**30
MOST_PROCESSOR_SECONDS = 60
