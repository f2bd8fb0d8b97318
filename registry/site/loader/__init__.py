"""Files into records: comma-separated tables in the layouts of docs/data.md.

What is decided here, once for all kinds:

- **The kind of a file is known by its name**: `events.csv`, or anything that ends in `_events.csv`. All files of one
  call are read in the order in which they depend on each other, wherever they lie.
- **First everything is checked, outside any transaction, then a file is written in one.** A row that cannot be
  accepted refuses its whole file, unless bad rows are to be skipped; then it refuses itself and the rows that need it.
- **A row speaks of the record of its ref**, which may stand in two files. It says what its filled cells say: an empty
  cell or a missing column means "not on file" and leaves what is on file alone. Where the files of two loads differ in
  a filled cell, the later one holds; the revision keeps the earlier. A row that says nothing new writes nothing.
  To empty a field, use its page.
- **Lists in one cell** (fields, places) stand for the whole list. Rows that hang on a record (participations, chairs,
  actions, numbers sent, further names, citations) are added or corrected, never removed.
- **What has no ref is known by what it says**: a participation by record, actor and role; a chair by all it says; a
  citation by record, source, field, value and locator, so that two sources that disagree stand side by side; a
  fulfilment by commitment and what keeps it; a document by its address; a place without ref by name and country.
- **A new record that does not say so is published**: these files are gathered from public pages. Its rhythm, where
  not given, is the one proposed on entry; a tension episode without a title is named by kind and years.
- **Citations** name the field of the model where the file names a column (`parent_ref` → `parent`). What is no record
  of its own is cited on the record it belongs to: `action AC03 acted_on` on the agreement, `relation RL01 kind` on
  the initiative the relation starts from. A `source_ref` beside a whole record is a citation without a field, with the
  number in the source as locator; it is left out where that source is cited on the record with that locator already.
- **A relation whose other end no file names** (Brazil's supplementary arrangements) is kept in the note.
- A parent must be on file or stand in the same or an earlier kind of file: agreements, commissions, programmes.
"""

from registry.site.loader.run import FileReport, Refusal, Report, load

__all__ = ["FileReport", "Refusal", "Report", "load"]
