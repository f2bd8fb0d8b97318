"""The cache on Redis, without which pages go on: it counts what people do, and its loss keeps nobody out."""

from functools import cached_property
from logging import getLogger
from time import monotonic
from typing import Any

from django.core.cache import cache, caches
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

log = getLogger(__name__)

COUNT = """
local made = redis.call('INCR', KEYS[1])
if made == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return made
"""
"""A script is one step, so no count is ever without an end."""

REST = 10
"""Seconds for which a server that did not answer is left alone, so that a page waits for it once and not five times."""


def counted(key: str, seconds: int) -> int:
    """Count one more under a key, which is forgotten so long after the first; return how many there are.

    In Redis none is lost. The cache in files, of installations without it, may count two as one.
    """
    if isinstance(caches["default"], Forgetful):
        return caches["default"].counted(key, seconds)
    try:
        return cache.incr(key)
    except ValueError:  # the first, unless another was it in between
        return 1 if cache.add(key, 1, seconds) else cache.incr(key)


class Forgetful(RedisCache):
    """A cache that has forgotten everything while its server does not answer."""

    rests_until = float("-inf")

    def _or(self, instead: Any, ask: Any, *args: Any, **kwargs: Any) -> Any:
        if monotonic() < self.rests_until:
            return instead
        try:
            return ask(*args, **kwargs)
        except RedisError as error:
            Forgetful.rests_until = monotonic() + REST  # for every thread: each has a cache object of its own
            log.warning("The cache does not answer; attempts are not counted for %s seconds: %s", REST, error)
            return instead

    def add(self, *args: Any, **kwargs: Any) -> Any:
        return self._or(True, super().add, *args, **kwargs)

    def get(self, key: Any, default: Any = None, version: Any = None) -> Any:
        return self._or(default, super().get, key, default, version)

    def set(self, *args: Any, **kwargs: Any) -> Any:
        return self._or(None, super().set, *args, **kwargs)

    def touch(self, *args: Any, **kwargs: Any) -> Any:
        return self._or(False, super().touch, *args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        return self._or(False, super().delete, *args, **kwargs)

    def get_many(self, *args: Any, **kwargs: Any) -> Any:
        return self._or({}, super().get_many, *args, **kwargs)

    def has_key(self, *args: Any, **kwargs: Any) -> Any:
        return self._or(False, super().has_key, *args, **kwargs)

    @cached_property
    def _server(self) -> Any:
        """The client of the one server, which Django would make anew for each command."""
        return self._cache.get_client(write=True)

    @cached_property
    def _count(self) -> Any:
        return self._server.register_script(COUNT)

    def counted(self, key: str, seconds: int) -> int:
        """As the function of this name, in one step: it is asked with every request of the API."""
        return int(self._or(1, self._count, [self.make_and_validate_key(key)], [seconds]))

    def incr(self, key: Any, delta: Any = 1, version: Any = None) -> Any:
        return self._or(delta, super().incr, key, delta, version)

    def set_many(self, *args: Any, **kwargs: Any) -> Any:
        return self._or([], super().set_many, *args, **kwargs)

    def delete_many(self, *args: Any, **kwargs: Any) -> Any:
        return self._or(None, super().delete_many, *args, **kwargs)

    def clear(self) -> Any:
        return self._or(False, super().clear)
