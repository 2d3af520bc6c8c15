"""The server says that it is ready only if it is."""

from typing import Any

from siegel.serving import Server, listen, server_config


def test_a_process_that_fails_to_start_says_nothing() -> None:
    said: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no"})

    listener = listen("127.0.0.1", 0)
    config = server_config(app, "127.0.0.1", listener.getsockname()[1])
    try:
        Server(config, lambda: said.append("ready")).run(sockets=[listener])
    except SystemExit:
        said.append("exited")
    listener.close()
    assert "ready" not in said
