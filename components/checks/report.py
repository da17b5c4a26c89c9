"""Prints, as one line of JSON, what a deployer waits for. Runs on a host, through Run Command.

Systems Manager hands on 24,000 characters and no more, so the report goes without its images, and with the last of the
last words. All but ASCII is escaped: nobody knows the locale that it is run in.
"""
import json
import os
import pathlib

ROOT = pathlib.Path(os.environ.get("CI_HOST_ROOT") or "/")


def clipped(text, length):
    return text[:length] if isinstance(text, str) else text


def boot_report():
    report = None
    # The copy in memory is of this boot for certain. A disk may be full, or come from another host's image.
    for path in (ROOT / "run/ci-host/boot.json", ROOT / "var/lib/ci-host/boot.json"):
        try:
            report = json.loads(path.read_text("utf-8"))
        except FileNotFoundError:
            continue
        except ValueError:
            report = "not JSON"
            continue
        break
    if isinstance(report, dict):
        report.pop("images", None)
        failure = report.get("failure")
        if isinstance(failure, dict):
            failure["command"] = clipped(failure.get("command"), 300)
            failure["lastLines"] = [clipped(line, 200) for line in failure.get("lastLines", [])[-10:]]
    return report


def first_line(path):
    try:
        return next(iter((ROOT / path).read_text("utf-8").splitlines()), None)
    except (OSError, ValueError):
        return None


def served_version():
    """The version of the server's secret that the daemon has served with. Not where the link of its certificate files
    leads: that moves before the daemon has."""
    return first_line("run/ci-host/certificates")


def refused_version():
    """The version that the host does not try again."""
    return first_line(f"var/lib/ci-host/{first_line('var/lib/cloud/data/instance-id')}/refused-certificates")


def booted_at():
    """When the kernel started, in seconds of the Unix epoch."""
    with (ROOT / "proc/stat").open() as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith("btime "))


print(
    json.dumps(
        {
            "boot": boot_report(),
            "bootedAt": booted_at(),
            "served": served_version(),
            "refused": refused_version(),
        }
    )
)
