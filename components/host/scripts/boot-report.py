#!/usr/bin/env python3
"""Writes the boot report, boot.json: boot-report.py RESULT [STAGE [STATUS]].

Python, because cloud-init brings it to every image, and because the last words of a failed command may be anything.
"""
import datetime
import json
import os
import pathlib
import sys

RUN = pathlib.Path(os.environ["CI_HOST_RUN"])
STATE = pathlib.Path(os.environ["CI_HOST_STATE"])
LAST_LINES = 20
LINE_LIMIT = 400


def lines(path):
    return path.read_text("utf-8", "replace").splitlines() if path.exists() else []


def instant(seconds):
    return datetime.datetime.fromtimestamp(int(seconds), datetime.timezone.utc).isoformat()


def stages():
    attempts = lines(RUN / "attempts")
    for name, seconds in (line.split() for line in lines(RUN / "stages")):
        yield {"name": name, "seconds": int(seconds), "attempts": attempts.count(name + ".sh")}


def failure(status):
    """The command that failed, if one did, its own status, and what the stage said last."""
    note = lines(RUN / "failure")
    return {
        "command": note[1] if len(note) > 1 else None,
        "exitStatus": int(note[0]) if note else int(status),
        "lastLines": [line[:LINE_LIMIT] for line in lines(RUN / "stage.log")[-LAST_LINES:]],
    }


def main(result, stage=None, status=None):
    report = {
        "schema": 1,
        "result": result,
        "instance": os.environ["INSTANCE_ID"],
        "stage": stage,
        "failure": None if status is None else failure(status),
        "startedAt": instant((lines(STATE / "started") or [datetime.datetime.now().timestamp()])[0]),
        "writtenAt": instant(datetime.datetime.now().timestamp()),
        "stages": list(stages()),
    }
    path = STATE.parent / "boot.json"
    draft = path.with_suffix(".draft")
    with draft.open("w", encoding="utf-8") as file:
        json.dump(report, file, indent=2)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


main(*sys.argv[1:])
