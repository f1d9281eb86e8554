import threading
from collections.abc import Callable
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
