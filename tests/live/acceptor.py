"""A server that takes one Kerberos bind over LDAPS, and holds it to its channel binding.

    acceptor.py ADDRESS CERTIFICATE KEY

Writes its port, then what it makes of the bind of the client that connects: `bound` to this connection, `loose` without a
channel binding, or why it was refused. The Kerberos library of MIT tells the first two apart; it reads the key of the
service from KRB5_KTNAME.
"""

import ctypes
import hashlib
import socket
import ssl
import sys

# GSS_C_CHANNEL_BOUND_FLAG (RFC 9266 and MIT 1.19): both sides had a binding, and it was the same.
BOUND = 2048


class Buffer(ctypes.Structure):
    _fields_ = [("length", ctypes.c_size_t), ("value", ctypes.c_char_p)]


class ChannelBindings(ctypes.Structure):
    _fields_ = [
        ("initiator_type", ctypes.c_uint32), ("initiator", Buffer),
        ("acceptor_type", ctypes.c_uint32), ("acceptor", Buffer), ("application", Buffer),
    ]


def element(data):
    """The content of the BER element at the start, and what follows it."""
    length, head = data[1], 2
    if length > 127:
        digits = length & 127
        length, head = int.from_bytes(data[2:2 + digits]), 2 + digits
    return data[head:head + length], data[head + length:]


def token_of_bind(message):
    """What a SASL bind brings: message number and operation; version, name and credentials; mechanism and token."""
    _, operation = element(element(message)[0])
    _, rest = element(element(operation)[0])
    _, authentication = element(rest)
    _, token = element(element(authentication)[0])
    return element(token)[0]


def accept(token, binding):
    library = ctypes.CDLL("libgssapi_krb5.so.2")
    minor, flags, context, reply = ctypes.c_uint32(), ctypes.c_uint32(), ctypes.c_void_p(), Buffer()
    bindings = ChannelBindings(application=Buffer(len(binding), binding))
    major = library.gss_accept_sec_context(
        ctypes.byref(minor), ctypes.byref(context), None, ctypes.byref(Buffer(len(token), token)), ctypes.byref(bindings),
        None, None, ctypes.byref(reply), ctypes.byref(flags), None, None)
    if major >> 16:
        return f"refused: {major:#x} {minor.value:#x}"
    return "bound" if flags.value & BOUND else "loose"


def main():
    address, certificate, key = sys.argv[1:]
    settings = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    settings.load_cert_chain(certificate, key)
    with open(certificate, encoding="ascii") as file:
        binding = b"tls-server-end-point:" + hashlib.sha256(ssl.PEM_cert_to_DER_cert(file.read())).digest()
    with socket.create_server((address, 0)) as server:
        server.settimeout(30)
        print(server.getsockname()[1], flush=True)
        with settings.wrap_socket(server.accept()[0], server_side=True) as client:
            # A ticket with the groups of an account fits into one record of TLS.
            message = client.recv(65536)
            print(accept(token_of_bind(message), binding), flush=True)


main()
