"""The parts that the servers share."""

import datetime
import json
import ssl


def announce(**values):
    """Prints the port and other values for the test, as one line of JSON, once the server listens."""
    print(json.dumps(values), flush=True)


def secure(folder, client=ssl.CERT_REQUIRED):
    """Returns a TLS context with a certificate for kube.test from a new authority.

    Writes authority.pem, client.pem (for client.test) and client.key to the folder.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    def make(name, authority=None, authority_key=None):
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        now = datetime.datetime.now(datetime.timezone.utc)
        builder = (
            x509.CertificateBuilder().subject_name(subject).issuer_name(authority.subject if authority else subject)
            .public_key(key.public_key()).serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=authority is None, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False))
        certificate = builder.sign(authority_key or key, hashes.SHA256())
        return certificate, key

    def write(name, certificate=None, key=None):
        with open(f"{folder}/{name}", "wb") as file:
            if certificate:
                file.write(certificate.public_bytes(serialization.Encoding.PEM))
            if key:
                file.write(key.private_bytes(
                    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))

    authority, authority_key = make("authority.test")
    write("authority.pem", authority)
    write("server.pem", *make("kube.test", authority, authority_key))
    certificate, key = make("client.test", authority, authority_key)
    write("client.pem", certificate)
    write("client.key", key=key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{folder}/server.pem")
    context.load_verify_locations(f"{folder}/authority.pem")
    context.verify_mode = client
    return context
