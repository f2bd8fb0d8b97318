"""How a log record is written."""

import logging


class OneLine(logging.Formatter):
    """A record is one line, traceback included, so that a log collector never tears it apart."""

    def format(self, record: logging.LogRecord) -> str:
        return super().format(record).replace("\n", " | ")
