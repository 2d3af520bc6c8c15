"""Running the process under uvicorn, with the same settings in service, demo and tests."""

from typing import Any

import uvicorn
from django.conf import settings

# A body of 20,000 characters, each escaped as \uXXXX, with the frame around it.
LARGEST_FRAME = 128 * 1024


def server_config(app: Any, host: str, port: int) -> uvicorn.Config:
    """uvicorn's configuration: no proxy is believed unless it is named in the settings."""
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=LARGEST_FRAME,
        ws_per_message_deflate=False,
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=bool(settings.SIEGEL_TRUSTED_PROXIES),
        forwarded_allow_ips=settings.SIEGEL_TRUSTED_PROXIES,
        timeout_graceful_shutdown=10,
    )


def serve_forever(app: Any, host: str, port: int) -> None:
    """Serve until SIGINT or SIGTERM."""
    uvicorn.Server(server_config(app, host, port)).run()
