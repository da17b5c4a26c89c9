#!/usr/bin/env python3
"""Unpacks a bundle of certificates and keys: bundle.py DIRECTORY <ANSWER, Secrets Manager's answer to GetSecretValue.

Writes ca, cert, key, clientCert and clientKey as files, keys for root alone, and prints the version's id. What is
wrong with a bundle is said without a word of what is in it.
"""
import json
import os
import re
import sys

MODES = {
    "ca": ("ca.pem", 0o444),
    "cert": ("cert.pem", 0o444),
    "key": ("key.pem", 0o400),
    "clientCert": ("client-cert.pem", 0o444),
    "clientKey": ("client-key.pem", 0o400),
}


def read():
    try:
        answer = json.load(sys.stdin)
        version, bundle = answer["VersionId"], json.loads(answer["SecretString"])
    except (ValueError, KeyError, TypeError):
        sys.exit("the bundle of certificates is not JSON")
    if not re.fullmatch(r"[A-Za-z0-9-]{32,64}", str(version)):
        sys.exit("the bundle of certificates has no version id")
    for name in MODES:
        text = bundle.get(name) if isinstance(bundle, dict) else None
        if not isinstance(text, str) or not text.lstrip().startswith("-----BEGIN "):
            sys.exit(f"the bundle of certificates has no PEM text as {name}")
    return version, bundle


def write(path, text, mode):
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        os.fchmod(file.fileno(), mode)
        file.write(text.strip() + "\n")
        file.flush()
        os.fsync(file.fileno())


def main(directory):
    version, bundle = read()
    for name, (file, mode) in MODES.items():
        try:
            write(os.path.join(directory, file), bundle[name], mode)
        except UnicodeEncodeError:
            sys.exit(f"the bundle of certificates has no PEM text as {name}")
    print(version)


main(*sys.argv[1:])
