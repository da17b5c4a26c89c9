"""
STAND-IN for what sysbox does to a container: rewrites what runc is given, then runs it with the same arguments.

    container.py create|run|exec RUNC-ARGUMENT...

The files of the image and of each mount stay root's on the disk. The container sees them through ID-mapped mounts, as
under sysbox on a kernel that has them (mount_setattr(2); overlayfs takes such layers from 5.19 on). What it writes into
its own layer is owned by the mapped users.
"""

import ctypes
import itertools
import json
import os
import shutil
import sys
import time

BASE, SIZE = 231072, 65536
RUN = "/run/sysbox"
DATA = "/var/lib/sysbox"
# Where the container's own Docker keeps its data, and where that is on the host.
VOLUMES = {"/var/lib/docker": "docker", "/var/lib/containerd": "containerd"}
CAPABILITIES = (
    "AUDIT_CONTROL AUDIT_READ AUDIT_WRITE BLOCK_SUSPEND BPF CHECKPOINT_RESTORE CHOWN DAC_OVERRIDE "
    "DAC_READ_SEARCH FOWNER FSETID IPC_LOCK IPC_OWNER KILL LEASE LINUX_IMMUTABLE MAC_ADMIN MAC_OVERRIDE MKNOD "
    "NET_ADMIN NET_BIND_SERVICE NET_BROADCAST NET_RAW PERFMON SETFCAP SETGID SETPCAP SETUID SYS_ADMIN SYS_BOOT "
    "SYS_CHROOT SYSLOG SYS_MODULE SYS_NICE SYS_PACCT SYS_PTRACE SYS_RAWIO SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG "
    "WAKE_ALARM"
).split()

# What sysbox-runc says.
INVALID = "error in the container spec: invalid or unsupported container spec: "
WITH_HOST = "with the host (because they use the linux user-namespace for isolation)"

libc = ctypes.CDLL(None, use_errno=True)
CLONE_NEWUSER = 0x10000000
MNT_DETACH = 2
MS_PRIVATE = 1 << 18
AT_FDCWD = -100
AT_EMPTY_PATH = 0x1000
AT_RECURSIVE = 0x8000
# The same on every architecture.
OPEN_TREE, OPEN_TREE_CLONE = 428, 1
MOVE_MOUNT, MOVE_MOUNT_F_EMPTY_PATH = 429, 4
MOUNT_SETATTR, MOUNT_ATTR_IDMAP = 442, 0x00100000


class Refusal(Exception):
    """What Docker shows as the reason why there is no container."""


def checked(result):
    if result == -1:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def mount(source, target, kind, options):
    checked(libc.mount(source.encode(), target.encode(), kind.encode(), 0, options.encode()))


def unmount(target):
    checked(libc.umount2(target.encode(), MNT_DETACH))


def mapped_namespace():
    """A descriptor of a user namespace with the containers' mapping, in which nothing runs."""
    ready, done = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        libc.unshare(CLONE_NEWUSER)
        os.write(ready[1], b".")
        os.close(done[1])
        os.read(done[0], 1)
        os._exit(0)
    os.read(ready[0], 1)
    for file in "uid_map", "gid_map":
        with open(f"/proc/{child}/{file}", "w") as written:
            written.write(f"0 {BASE} {SIZE}")
    namespace = os.open(f"/proc/{child}/ns/user", os.O_RDONLY | os.O_CLOEXEC)
    for end in *ready, *done:
        os.close(end)
    os.waitpid(child, 0)
    return namespace


class MappedMounts:
    """ID-mapped copies of mounts in a directory of their own, for as long as runc needs to find them."""

    def __init__(self, directory):
        self.directory = directory
        self.namespace = mapped_namespace()
        self.targets = []
        self.numbers = itertools.count()

    def __enter__(self):
        os.makedirs(self.directory, mode=0o711, exist_ok=True)
        return self

    def __exit__(self, *_):
        for target in reversed(self.targets.copy()):
            self.remove(target)

    def target(self, source, name):
        target = f"{self.directory}/{name}"
        if os.path.isdir(source):
            os.mkdir(target)
        else:
            open(target, "x").close()
        return target

    def add(self, source, recursive=False, mapped=True, name=None):
        """The path of the copy. Fails where the file system cannot be mapped, such as a tmpfs before Linux 6.3."""
        deep = AT_RECURSIVE if recursive else 0
        tree = checked(libc.syscall(OPEN_TREE, AT_FDCWD, source.encode(), OPEN_TREE_CLONE | os.O_CLOEXEC | deep))
        try:
            # Private, or what is mounted below it would be mounted, and unmounted, at the source as well.
            # struct mount_attr: attr_set, attr_clr, propagation, userns_fd
            attributes = (ctypes.c_uint64 * 4)(MOUNT_ATTR_IDMAP if mapped else 0, 0, MS_PRIVATE, self.namespace)
            flags = AT_EMPTY_PATH | deep
            size = ctypes.c_size_t(ctypes.sizeof(attributes))
            checked(libc.syscall(MOUNT_SETATTR, tree, b"", flags, ctypes.byref(attributes), size))
            target = self.target(source, name or next(self.numbers))
            checked(libc.syscall(MOVE_MOUNT, tree, b"", AT_FDCWD, target.encode(), MOVE_MOUNT_F_EMPTY_PATH))
        finally:
            os.close(tree)
        self.targets.append(target)
        return target

    def remove(self, target):
        unmount(target)
        if os.path.isdir(target):
            os.rmdir(target)
        else:
            os.unlink(target)
        self.targets.remove(target)


def overlay_options(merged):
    """The directories of the overlay that Docker mounted last there."""
    with open("/proc/self/mountinfo") as mounts:
        for line in reversed(mounts.readlines()):
            place, _, kind = line.partition(" - ")
            if place.split()[4] == merged and kind.startswith("overlay "):
                options = [option.partition("=") for option in kind.split()[2].split(",")]
                return {key: value for key, _, value in options if key.endswith("dir")}
    raise Refusal(f"the stand-in for sysbox knows only images on overlayfs, and {merged} is not")


def shift_owners(top):
    """Gives what root and others of the image own to their likes in the container; leaves what has been shifted."""
    for directory, directories, files in os.walk(top):
        for path in [directory, *(os.path.join(directory, name) for name in directories + files)]:
            owner = os.lstat(path)
            if owner.st_uid < BASE:
                os.lchown(path, owner.st_uid + BASE, owner.st_gid + BASE)


def map_image(merged, mounts):
    """Mounts the container's overlay anew, on mapped layers, and gives a path to it that a mapped root can walk."""
    options = overlay_options(merged)
    # Docker shortens the paths of many layers to relative ones, which start where its own are.
    start = os.path.join(merged, "../..")
    lower = [os.path.realpath(os.path.join(start, path)) for path in options["lowerdir"].split(":")]
    upper, work = (os.path.realpath(os.path.join(start, options[key])) for key in ("upperdir", "workdir"))
    parent = os.path.commonpath(lower + [os.path.dirname(merged)])
    # The layer that is written to cannot be mapped: overlayfs makes files in it as root, whom the mapping has not.
    shift_owners(upper)
    layers = mounts.add(parent)
    unmount(merged)
    here = os.getcwd()
    # The kernel takes a page of options.
    os.chdir(layers)
    relative = ":".join(os.path.relpath(path, parent) for path in lower)
    mount("overlay", merged, "overlay", f"lowerdir={relative},upperdir={upper},workdir={work}")
    os.chdir(here)
    mounts.remove(layers)
    return mounts.add(merged, mapped=False, name="rootfs")


def confine(process):
    """All capabilities for root, who is not root outside; no AppArmor profile, which would forbid Docker to mount."""
    everything = [f"CAP_{name}" for name in CAPABILITIES]
    granted = everything if process.get("user", {}).get("uid", 0) == 0 else []
    process["capabilities"] = {
        "bounding": everything,
        "effective": granted,
        "inheritable": granted,
        "permitted": granted,
        "ambient": granted,
    }
    process.pop("apparmorProfile", None)


def check(spec):
    given = {namespace["type"]: namespace.get("path") for namespace in spec["linux"]["namespaces"]}
    shared = [name for name in ("pid", "ipc", "uts", "mount", "network") if name not in given]
    if shared:
        raise Refusal(f"{INVALID}sysbox containers can't share namespaces [{' '.join(shared)}] {WITH_HOST}")
    # Docker names the host's by a path.
    if given["network"] and os.path.samefile(given["network"], "/proc/1/ns/net"):
        raise Refusal(f"{INVALID}sysbox containers can't share a network namespace {WITH_HOST}")
    for daemon in "sysbox-mgr", "sysbox-fs":
        try:
            with open(f"{RUN}/{daemon}.pid") as file:
                os.kill(int(file.read()), 0)
        except (OSError, ValueError):
            raise Refusal(f"failed to register with {daemon}: it does not run") from None


def isolate(spec):
    """What needs nothing but the document."""
    linux = spec["linux"]
    kept = [namespace for namespace in linux["namespaces"] if namespace["type"] not in ("user", "cgroup")]
    linux["namespaces"] = [*kept, {"type": "user"}, {"type": "cgroup"}]
    linux["uidMappings"] = linux["gidMappings"] = [{"containerID": 0, "hostID": BASE, "size": SIZE}]
    # A Docker inside may mount /proc and /sys for its containers only where nothing of its own is hidden.
    linux["maskedPaths"] = linux["readonlyPaths"] = []
    linux.pop("seccomp", None)
    # Docker asks for groups that the mapping does not have.
    if "net.ipv4.ping_group_range" in linux.get("sysctl", {}):
        linux["sysctl"]["net.ipv4.ping_group_range"] = f"0 {SIZE - 1}"
    for entry in spec["mounts"]:
        if entry["type"] in ("cgroup", "sysfs"):
            entry["options"] = [option for option in entry["options"] if option != "ro"] + ["rw"]
    confine(spec["process"])


def map_mounts(spec, mounts):
    for entry in spec["mounts"]:
        if {"bind", "rbind"} & set(entry.get("options", [])):
            try:
                entry["source"] = mounts.add(entry["source"], recursive="rbind" in entry["options"])
            except OSError:
                pass  # shows as nobody's, as under sysbox


def add_volumes(spec, container):
    taken = {entry["destination"] for entry in spec["mounts"]}
    for destination, name in VOLUMES.items():
        if destination not in taken:
            directory = f"{DATA}/{name}/{container}"
            os.makedirs(directory, mode=0o700, exist_ok=True)
            os.chown(directory, BASE, BASE)
            spec["mounts"].append(
                {"destination": destination, "source": directory, "type": "bind", "options": ["bind", "rprivate"]}
            )


def value(arguments, *names):
    """The value of an option, in either of the forms that runc takes."""
    for position, argument in enumerate(arguments):
        name, equals, rest = argument.partition("=")
        if name in names:
            return rest if equals else arguments[position + 1]
    return None


def rewrite(path, change):
    with open(path) as file:
        document = json.load(file)
    change(document)
    with open(f"{path}.new", "w") as file:
        json.dump(document, file)
    os.replace(f"{path}.new", path)


def runc(arguments):
    return os.spawnvp(os.P_WAIT, "runc", ["runc", *arguments])


def create(arguments, command):
    bundle = value(arguments, "--bundle", "-b") or "."
    container = arguments[-1]

    def change(spec):
        check(spec)
        isolate(spec)
        root = os.path.realpath(os.path.join(bundle, spec["root"]["path"]))
        spec["root"]["path"] = map_image(root, mounts)
        map_mounts(spec, mounts)
        add_volumes(spec, container)

    with MappedMounts(f"{RUN}/{container}") as mounts:
        rewrite(os.path.join(bundle, "config.json"), change)
        status = runc(arguments)
    if status == 0 and (command == "create" or {"--detach", "-d"} & set(arguments)):
        # runc exec starts in there, and uses nothing of it.
        os.mkdir(f"{RUN}/{container}/rootfs")
    else:
        os.rmdir(f"{RUN}/{container}")
        for name in VOLUMES.values():
            shutil.rmtree(f"{DATA}/{name}/{container}", ignore_errors=True)
    return status


def execute(arguments):
    process = value(arguments, "--process", "-p")
    if process:
        rewrite(process, confine)
    os.execvp("runc", ["runc", *arguments])


def main(command, *arguments):
    try:
        return execute(arguments) if command == "exec" else create(arguments, command)
    except (Refusal, OSError) as problem:
        # As runc says it: containerd reads the reason in the log.
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        log = value(arguments, "--log")
        if log:
            with open(log, "a") as file:
                file.write(json.dumps({"level": "error", "msg": str(problem), "time": now}) + "\n")
        print(problem, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
