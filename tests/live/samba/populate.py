"""Puts objects into the domain of the working folder, which is not running.

    populate.py LDIF...

The LDIF is an export, or written by hand: of each object only what an administrator or Exchange would have written is
taken, folders that an object needs are made, ${BASE} is the domain. `changetype: delete` leaves a deleted object.

Writes the distinguished names that the domain refused as a JSON list: a domain controller does not take everything
that an export can hold.
"""

import base64
import itertools
import json
import sys

import ldb
from samba.auth import system_session
from samba.param import LoadParm
from samba.samdb import SamDB

TAKEN = set("""
    objectclass objectguid ms-ds-consistencyguid samaccountname userprincipalname useraccountcontrol accountexpires
    grouptype iscriticalsystemobject admindescription displayname givenname sn description mail proxyaddresses
    mailnickname targetaddress legacyexchangedn usercertificate usersmimecertificate thumbnailphoto extensionattribute1
    extensionattribute5 extensionattribute10 msexchhidefromaddresslists msexchrecipienttypedetails
    msexchrecipientdisplaytype msexchmailboxguid msexchmasteraccountsid
""".split())

# Lets an object have the objectGUID that it has in the export.
RELAX = ["relax:0"]


def records(path, base):
    """Each record of an LDIF file: its attributes in small letters, with their values."""
    with open(path, encoding="utf-8") as file:
        text = file.read().replace("\n ", "").replace("${BASE}", base)
    for record in text.split("\n\n"):
        attributes = {}
        for line in record.splitlines():
            if line.startswith("#"):
                continue
            name, value = line.split(":", 1)
            value = base64.b64decode(value[1:]) if value.startswith(":") else value.removeprefix(" ").encode()
            attributes.setdefault(name.lower(), []).append(value)
        if attributes:
            yield attributes


class Domain:
    """A domain, and what was put into it."""

    def __init__(self):
        settings = LoadParm()
        settings.load("smb.conf")
        settings.set("ldb:nosync", "true")
        self.database = SamDB(
            url="private/sam.ldb", lp=settings, session_info=system_session(settings),
            options=["batch_mode:1", "transaction_index_cache_size:200000"])
        self.base = self.database.domain_dn()
        self.folders = {self.base}
        self.members = {}
        self.refused = []

    def put_all(self, objects):
        """Adds objects or deletes them, in one transaction for many: each writes the index of all objects anew."""
        folders = set(self.folders)
        self.database.transaction_start()
        for attributes in objects:
            try:
                self.put(attributes)
            except ldb.LdbError:
                # Spoils the whole transaction.
                self.database.transaction_cancel()
                self.folders = folders
                self.refused.append(attributes["dn"][0].decode())
                self.put_all([others for others in objects if others is not attributes])
                return
        self.database.transaction_commit()

    def put(self, attributes):
        """Adds an object, or deletes one."""
        name = attributes["dn"][0].decode()
        if attributes.get("changetype") == [b"delete"]:
            self.database.delete(name)
            return
        dn = ldb.Dn(self.database, name)
        self.make_folder(dn.parent())
        message = ldb.Message(dn)
        for key, values in attributes.items():
            # FALSE is what an object without the attribute has, and of computers the server's own affair.
            if key in TAKEN and (key, values) != ("iscriticalsystemobject", [b"FALSE"]):
                message[key] = ldb.MessageElement(values, ldb.FLAG_MOD_ADD, key)
        self.database.add(message, controls=RELAX)
        if "member" in attributes:
            self.members[name] = attributes["member"]

    def make_folder(self, dn):
        """Makes an organizational unit and those above it."""
        if str(dn) not in self.folders:
            self.make_folder(dn.parent())
            self.folders.add(str(dn))
            self.database.add({"dn": str(dn), "objectClass": "organizationalUnit"})

    def fill_groups(self):
        """Gives the groups their members, who have to be there first."""
        refused = {name.encode() for name in self.refused}
        self.database.transaction_start()
        for name, members in self.members.items():
            present = [member for member in members if member not in refused]
            if present:
                message = ldb.Message(ldb.Dn(self.database, name))
                message["member"] = ldb.MessageElement(present, ldb.FLAG_MOD_ADD, "member")
                self.database.modify(message)
        self.database.transaction_commit()


def main():
    domain = Domain()
    for path in sys.argv[1:]:
        objects = records(path, domain.base)
        while some := list(itertools.islice(objects, 50)):
            domain.put_all(some)
    domain.fill_groups()
    json.dump(domain.refused, sys.stdout)


main()
