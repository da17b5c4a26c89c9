"""A client on Python's ssl, as Python 3.13 and urllib3 2 set it up: `python3 ask.py HOSTNAME PORT DIRECTORY`."""
import http.client
import os
import ssl
import sys

host, port, directory = sys.argv[1:]
ca, cert, key = (os.path.join(directory, name + ".pem") for name in ("ca", "cert", "key"))
context = ssl.create_default_context(cafile=ca)
context.verify_flags |= ssl.VERIFY_X509_STRICT | ssl.VERIFY_X509_PARTIAL_CHAIN
context.hostname_checks_common_name = False
if os.path.exists(cert):
    context.load_cert_chain(cert, key)
try:
    connection = http.client.HTTPSConnection(host, int(port), context=context)
    connection.request("GET", "/version")
    print(connection.getresponse().read().decode())
except (OSError, http.client.HTTPException) as error:
    sys.exit(repr(error))
