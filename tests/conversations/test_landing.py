"""Acknowledgements come from another thread, in order, many at each wake-up."""

import asyncio
import threading
from unittest import mock

from siegel.conversations.landing import Landing
from siegel.conversations.writer import Acknowledgement


def test_a_batch_wakes_the_loop_once_and_keeps_its_order() -> None:
    batch: list[Acknowledgement] = [Acknowledgement() for _ in range(5)]
    told: list[Acknowledgement] = []

    def resolve() -> None:
        for acknowledgement in batch:
            acknowledgement.set_exception(KeyError())

    async def land() -> int:
        loop = asyncio.get_running_loop()
        with mock.patch.object(loop, "call_soon_threadsafe", wraps=loop.call_soon_threadsafe) as up:
            landing = Landing(loop)
            for acknowledgement in batch:
                landing.expect(acknowledgement, told.append)
            thread = threading.Thread(target=resolve)
            thread.start()
            thread.join()  # The loop does not run meanwhile, so that all five wait for it.
            assert told == []
            await asyncio.sleep(0)
        return up.call_count

    assert asyncio.run(land()) == 1
    assert told == batch


def test_a_loop_that_has_ended_is_not_called() -> None:
    loop = asyncio.new_event_loop()
    loop.close()
    late: Acknowledgement = Acknowledgement()
    Landing(loop).expect(late, lambda _: None)
    late.set_exception(KeyError())
