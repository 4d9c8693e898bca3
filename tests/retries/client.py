"""
A client process: it says one request until it is answered, then again, and prints each answer on a line.

It knows the standard library's sockets only, so that a thousand of them start quickly. Its standard input is the
address, how often to say it once it was answered, and the request.
"""

import json
import socket
import sys
import time

PAUSE_SECONDS = 0.03
PATIENCE_SECONDS = 240
NOT_YET = {207: "command.in_flight", 409: "command.in_flight", 429: "", 500: "", 502: "", 503: "", 504: ""}
"""What isn't an answer yet, by status: with this code where there is one."""


def main() -> None:
    """Say it until it is answered, and again as often as asked."""
    asked = json.load(sys.stdin)
    request = asked["request"].encode("latin-1")
    for _ in range(asked["times"]):
        status, body = delivered(asked["port"], request)
        print(json.dumps({"status": status, "body": body}), flush=True)  # noqa: T201 - how a process answers


def delivered(port: int, request: bytes) -> tuple[int, str]:
    """Return the answer to a request, however often it has to be sent."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            status, body = sent(port, request)
        except (OSError, ValueError) as error:
            if time.monotonic() > deadline:
                raise TimeoutError from error
        else:
            if status not in NOT_YET or NOT_YET[status] not in body or time.monotonic() > deadline:
                return status, body
        time.sleep(PAUSE_SECONDS)


def sent(port: int, request: bytes) -> tuple[int, str]:
    """Return the whole answer to one request; raises ValueError where the connection ends before it does."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(request)
        answer = b"".join(iter(lambda: connection.recv(65_536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    if len(body) != int(headers.get("content-length", "-1")):
        raise ValueError(first)
    return int(first.split()[1]), body.decode()


if __name__ == "__main__":
    main()
