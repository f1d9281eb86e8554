import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.db import connections


def at_the_same_time(*calls: Callable[[], Any]) -> list[Any]:
    """Run the calls in threads that start behind one barrier; what each returned or raised, in order."""
    barrier = threading.Barrier(len(calls))
    outcomes: list[Any] = [None] * len(calls)

    def run(number: int, call: Callable[[], Any]) -> None:
        try:
            barrier.wait(timeout=30)
            outcomes[number] = call()
        except Exception as error:  # the outcome is what the test asks about
            outcomes[number] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return outcomes


class Meeting:
    """Makes people who look before they write look all of them before anybody writes, as far as locks let them.

    Without a lock between them they are sure to meet, so a negative control needs no luck. With one, only the first can
    look: it waits `seconds` in vain and goes on, and who comes later does not wait.
    """

    def __init__(self, people: int, *, seconds: float = 20) -> None:
        self._barrier = threading.Barrier(people, timeout=seconds)

    def after(self, look: Callable[..., Any]) -> Callable[..., Any]:
        def look_and_wait(*args: Any, **options: Any) -> Any:
            found = look(*args, **options)
            self.wait()
            return found

        return look_and_wait

    def wait(self) -> None:
        with suppress(threading.BrokenBarrierError):
            self._barrier.wait()
