#!/usr/bin/env python3
"""Writes the boot report, boot.json, and says in one line how the boot ended: boot-report.py RESULT [STAGE [STATUS]].

Python, because cloud-init brings it to every image, and because the last words of a failed command may be anything.
"""
import datetime
import json
import os
import pathlib
import re
import subprocess
import sys

RUN = pathlib.Path(os.environ["CI_HOST_RUN"])
STATE = pathlib.Path(os.environ["CI_HOST_STATE"])
LAST_LINES = 20
LINE_LIMIT = 400
# Seconds for a question to a daemon that may be the one that hangs.
PATIENCE = 20


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
    said = [line[:LINE_LIMIT] for line in lines(RUN / "stage.log") if line.strip()]
    return {
        "command": note[1] if len(note) > 1 else None,
        "exitStatus": int(note[0]) if note else int(status),
        "lastLines": said[-LAST_LINES:],
    }


def answer(*command):
    """What a command prints, or nothing where there is no such command, or no answer in time."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=True)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()


def versions():
    containerd = re.search(r"\bv?(\d+\.\S+)", answer("containerd", "--version"))
    return {
        "kernel": answer("uname", "-r") or None,
        "docker": answer("docker", "version", "--format", "{{.Server.Version}}") or None,
        "containerd": containerd and containerd.group(1),
        "sysbox": answer("dpkg-query", "--show", "--showformat=${Version}", "sysbox-ce") or None,
    }


def images():
    """The images of all containers on the host, each with the digests under which registries know it."""
    for name in sorted(set(answer("docker", "ps", "--all", "--format", "{{.Image}}").split())):
        digests = answer("docker", "image", "inspect", "--format", "{{json .RepoDigests}}", name)
        yield {"name": name, "digests": json.loads(digests or "[]")}


def sentence(report, seconds):
    """The report in one line of plain characters, for the console and the journal."""
    what = f"ci-host boot of {report['instance']}: {report['result']}"
    fault = report["failure"]
    if fault is None:
        return f"{what} after {seconds} s"
    command = f"{fault['command']}: " if fault["command"] else ""
    words = f" ({fault['lastLines'][-1]})" if fault["lastLines"] else ""
    line = f"{what} in stage {report['stage']} after {seconds} s: {command}exit status {fault['exitStatus']}{words}"
    return "".join(character if character.isprintable() else " " for character in line)


def write(report, path):
    draft = path.with_suffix(".draft")
    with draft.open("w", encoding="utf-8") as file:
        json.dump(report, file, indent=2)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def main(result, stage=None, status=None):
    now = datetime.datetime.now().timestamp()
    started = (lines(STATE / "started") or [now])[0]
    over = result != "running"
    report = {
        "schema": 3,
        "result": result,
        "instance": os.environ["INSTANCE_ID"],
        "release": os.environ.get("RELEASE"),
        "stage": stage,
        "failure": None if status is None else failure(status),
        "startedAt": instant(started),
        "writtenAt": instant(now),
        "stages": list(stages()),
        "probe": lines(RUN / "probe"),
        # They ask daemons, which takes time that a boot under way has a better use for.
        "versions": versions() if over else None,
        "images": list(images()) if over else None,
    }
    # The copy in memory comes first: it can be sent even from a host whose disk is full.
    write(report, RUN / "boot.json")
    if over:
        print(sentence(report, int(now) - int(float(started))), flush=True)
    write(report, STATE.parent / "boot.json")


main(*sys.argv[1:])
