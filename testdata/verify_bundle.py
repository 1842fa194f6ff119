#!/usr/bin/env python3
"""Verifies a bundle's SHA-256/Ed25519 path with nothing but the Python standard library.

    verify_bundle.py BUNDLE CONTENT CHAIN_ID_SHA256

An independent reading of docs/spec/, not a port of proof/: it exists to show that the formats can be
verified from their description. It checks one suite only; the report of `hufu verify` checks both.
Prints each step; exit code 0 when all hold, 1 otherwise.
"""
import base64
import hashlib
import json
import sys

# Ed25519: RFC 8032, sections 5.1.3 and 5.1.7, plainly.
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_1 = pow(2, (P - 1) // 4, P)


def decode_point(data):
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P:
        x = x * ROOT_OF_MINUS_1 % P
    if y >= P or (x * x - x2) % P or (x == 0 and sign):
        raise ValueError("not a point")
    if x & 1 != sign:
        x = P - x
    return (x, y, 1, x * y % P)


def add(a, b):
    m, n = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    c, d = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = n - m, d - c, d + c, n + m
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def multiply(scalar, point):
    total = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            total = add(total, point)
        point = add(point, point)
        scalar >>= 1
    return total


BASE = decode_point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def ed25519_verifies(key, message, signature):
    if len(signature) != 64:
        return False
    s = int.from_bytes(signature[32:], "little")
    if s >= L:
        return False
    a, r = decode_point(key), decode_point(signature[:32])
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    left, right = multiply(s, BASE), add(r, multiply(h, a))
    return (left[0] * right[2] - right[0] * left[2]) % P == 0 and (left[1] * right[2] - right[1] * left[2]) % P == 0


def fields(data):
    """The (number, value) pairs of a protobuf message; varints and byte strings only."""
    at, pairs = 0, []

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(data):
        tag = varint()
        if tag & 7 == 0:
            pairs.append((tag >> 3, varint()))
        elif tag & 7 == 2:
            length = varint()
            pairs.append((tag >> 3, data[at : at + length]))
            at += length
        else:
            raise ValueError("unexpected wire type")
    return pairs


def first(pairs, number, default=None):
    return next((value for found, value in pairs if found == number), default)


def message(*pairs):
    """Protobuf of (number, bytes or int) pairs."""

    def varint(value):
        out = bytearray()
        while value >= 0x80:
            out.append(value & 0x7F | 0x80)
            value >>= 7
        return bytes(out) + bytes([value])

    out = b""
    for number, value in pairs:
        if isinstance(value, int):
            out += varint(number << 3) + varint(value)
        else:
            out += varint(number << 3 | 2) + varint(len(value)) + value
    return out


def sha256(data):
    return hashlib.sha256(data).digest()


def u64(value):
    return value.to_bytes(8, "big")


def root_from_path(leaf_hash, index, size, path):
    """RFC 9162, section 2.1.3.2."""
    fn, sn, r = index, size - 1, leaf_hash
    for p in path:
        if sn == 0:
            return None
        if fn & 1 or fn == sn:
            r = sha256(b"\x01" + p + r)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = sha256(b"\x01" + r + p)
        fn, sn = fn >> 1, sn >> 1
    return r if sn == 0 else None


def per_suite(header, number, suite):
    """The digest of one suite in a header's field, None where the header has none."""
    digests = [value for found, value in header if found == number]
    return digests[suite] if suite < len(digests) else None


def genesis_set(genesis):
    """Epoch 0's validator set, encoded: docs/spec/validator-set.md."""
    encoded = [
        message((1, v["member"].encode()), *[(2, bytes.fromhex(v["keys"][name])) for name in genesis["suites"]])
        for v in genesis["validators"]
    ]
    return message(*[(2, name.encode()) for name in genesis["suites"]], *[(3, validator) for validator in encoded])


def finality(certificates, header_bytes, chain_id, validator_set, suite):
    """The steps that show a header to be final by an epoch's validators: docs/spec/finality-certificate.md."""
    header, members = fields(header_bytes), fields(validator_set)
    epoch, height, view = first(header, 2, 0), first(header, 3), first(header, 4)
    yield f"epoch {epoch}: the header is of this chain", per_suite(header, 1, suite) == chain_id
    yield f"epoch {epoch}: the validator set is of this epoch", epoch == first(members, 1, 0)
    named = per_suite(header, 12, suite) == sha256(validator_set)
    yield f"epoch {epoch}: the header is of the epoch's validators", named

    certificate = next((c for c in certificates if c["suite"] == "ed25519-sha256"), None)
    yield f"epoch {epoch}: there is a certificate", certificate is not None
    if certificate is None:
        return
    # Only the last header of an epoch may be certified in a later view than its own.
    ends = per_suite(header, 13, suite) is not None
    in_view = certificate["view"] >= view if ends else certificate["view"] == view
    yield f"epoch {epoch}: the certificate is of the header's view", in_view

    signed = (
        b"hufu/finalize/v1\x00" + chain_id + u64(epoch) + sha256(validator_set)
        + u64(certificate["view"]) + u64(height) + sha256(header_bytes)
    )
    validators = [fields(value) for number, value in members if number == 3]
    bitmap, n = bytes.fromhex(certificate["bitmap"]), len(validators)
    signers = [i for i in range(8 * len(bitmap)) if bitmap[i // 8] >> (i % 8) & 1]
    enough = len(signers) >= n - (n - 1) // 3 and len(signers) == len(certificate["signatures"])
    yield f"epoch {epoch}: a quorum signed", enough and signers[-1] < n
    for signer, signature in zip(signers, certificate["signatures"]):
        keys = [value for number, value in validators[signer] if number == 2]
        ok = ed25519_verifies(keys[suite], signed, bytes.fromhex(signature))
        yield f"epoch {epoch}: signature of {first(validators[signer], 1).decode()}", ok


def steps(bundle, content, chain_id):
    genesis_bytes = base64.b64decode(bundle["genesis"])
    genesis = json.loads(genesis_bytes)
    yield "the genesis is the trusted one", sha256(genesis_bytes) == chain_id
    suite = genesis["suites"].index("ed25519-sha256")

    # From the genesis on, each epoch's validators sign who the next ones are: docs/spec/bundle.md.
    validator_set, height, view = genesis_set(genesis), 0, 0
    for step in [*bundle["epochChain"], bundle]:
        header_bytes = base64.b64decode(step["header"])
        header = fields(header_bytes)
        yield from finality(step["certificates"], header_bytes, chain_id, validator_set, suite)
        later = first(header, 3) > height and first(header, 4) > view
        yield "the block is later than the epoch before", later
        if step is bundle:
            break
        height, view = first(header, 3), first(header, 4)
        epoch, validator_set = first(header, 2, 0), base64.b64decode(step["validatorSet"])
        named = fields(validator_set)
        yield "the next validator set is the one that was signed", per_suite(header, 13, suite) == sha256(validator_set)
        yield "the next validator set is of the next epoch", first(named, 1, 0) == epoch + 1
        names = [value.decode() for number, value in named if number == 2]
        yield "the next validator set is of the same suites", names == genesis["suites"]

    for record in bundle["records"]:
        entry = base64.b64decode(record["entry"])
        path = [bytes.fromhex(p) for p in record["paths"]["sha256"]]
        root = root_from_path(sha256(b"\x00" + entry), record["index"], first(header, 9, 0), path)
        yield f"entry {record['index']} is in the log", root == per_suite(header, 10, suite)
    digests = [stated_digest(base64.b64decode(record["entry"])) for record in bundle["records"]]
    yield "the content is what was anchored", sha256(content) in digests


def stated_digest(entry):
    """Evidence states the digest of its content; a governance action holds its document."""
    (kind, body), *_ = fields(entry)
    return first(fields(body), 3) if kind == 1 else sha256(first(fields(body), 1))


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    with open(sys.argv[1], "rb") as file:
        bundle = json.load(file)
    with open(sys.argv[2], "rb") as file:
        content = file.read()
    every = True
    try:
        for title, holds in steps(bundle, content, bytes.fromhex(sys.argv[3])):
            print("passed" if holds else "FAILED", title)
            every = every and holds
    except (ValueError, IndexError, KeyError, TypeError) as error:
        print("FAILED", "the bundle cannot be read:", error)
        every = False
    sys.exit(0 if every else 1)


main()
